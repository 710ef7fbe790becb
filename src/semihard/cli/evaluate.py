"""`semihard evaluate`."""

import argparse
from pathlib import Path

from semihard.cli._parsing import Commands, WrongData, WrongUsage, at_least, what_is
from semihard.cli._progress import Progress


def add(commands: Commands) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "evaluate",
        help="judge saved embeddings by searching each one's neighbours",
        description=(
            "Search every embedding among the others, exactly, and print Recall@k, Precision@k, R-Precision, MAP@R and "
            "MRR with intervals, the weakest classes and the classes that are taken for each other."
        ),
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "run_", metavar="RUN|vecs.tsv", help="directory with vecs.tsv and meta.tsv, or the file of the embeddings"
    )
    parser.add_argument("metadata", metavar="meta.tsv", nargs="?", help="file of the labels, beside a vecs.tsv")
    parser.add_argument(
        "--column", default=argparse.SUPPRESS, help="column of the labels, if there are several (default: label)"
    )
    parser.add_argument(
        "-k", type=at_least(1), nargs="+", default=[1, 5, 10], metavar="K", help="the k of Recall@k and Precision@k"
    )
    parser.add_argument("--json", default=argparse.SUPPRESS, metavar="FILE", help="also write every figure as JSON")
    parser.add_argument(
        "--plot", default=argparse.SUPPRESS, metavar="FILE", help="also draw the figures, as PNG or SVG"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    from semihard.evaluation import evaluate
    from semihard.projector import read_tsv

    given = Path(arguments.run_)
    if given.is_dir() == (arguments.metadata is not None):
        raise WrongUsage(
            f"expected either a directory, or vecs.tsv and meta.tsv. Received: {given}"
            + (f" and {arguments.metadata}" if arguments.metadata else f", which is {what_is(given)}")
        )
    vectors, metadata = (given / "vecs.tsv", given / "meta.tsv") if given.is_dir() else (given, arguments.metadata)
    try:
        embeddings, labels = read_tsv(vectors, metadata, column=getattr(arguments, "column", None))
        with Progress("searched") as progress:
            report = evaluate(embeddings, labels, ks=arguments.k, progress=progress)
        print(report)
        if hasattr(arguments, "json"):
            report.to_json(arguments.json)
        if hasattr(arguments, "plot"):
            report.plot(arguments.plot)
    except ValueError as error:
        raise WrongData(error) from error
