"""`semihard evaluate`."""

import argparse

from semihard.cli._parsing import Commands, WrongData, at_least
from semihard.cli._progress import Progress
from semihard.cli._saved import add_saved, saved_files


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
    add_saved(parser)
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

    vectors, metadata = saved_files(arguments)
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
