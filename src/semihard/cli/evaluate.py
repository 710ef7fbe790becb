"""`semihard evaluate`."""

import argparse
from pathlib import Path

from semihard._core.extras import PLOTS, require
from semihard.cli._outputs import check_outputs
from semihard.cli._parsing import Commands, WrongData, a_path, at_least
from semihard.cli._progress import Progress
from semihard.cli._saved import add_saved, keep_with_run, saved_files


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
    parser.add_argument(
        "--json", type=a_path, default=argparse.SUPPRESS, metavar="FILE", help="also write every figure as JSON"
    )
    parser.add_argument(
        "--plot", type=a_path, default=argparse.SUPPRESS, metavar="FILE", help="also draw the figures, as PNG or SVG"
    )
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="who searches: this process, or tasks of Ray on this machine or on the cluster at RAY_ADDRESS",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    from semihard._core.canvas import picture_format
    from semihard.evaluation import evaluate
    from semihard.evaluation.search.engines import check_engine
    from semihard.visualization.projector import read_tsv

    asked = vars(arguments)
    vectors, metadata = saved_files(arguments)
    check_engine(arguments.engine)
    outputs = [Path(asked[name]) for name in ("json", "plot") if name in asked]
    check_outputs(outputs, (vectors, metadata))
    try:
        if "plot" in asked:
            picture_format(arguments.plot)
            require("matplotlib", "matplotlib", PLOTS)
        embeddings, labels = read_tsv(vectors, metadata, column=asked.get("column"))
        with Progress("searched") as progress:
            report = evaluate(embeddings, labels, ks=arguments.k, progress=progress, engine=arguments.engine)
        print(report)
        if "json" in asked:
            report.to_json(arguments.json)
        if "plot" in asked:
            report.plot(arguments.plot)
    except ValueError as error:
        raise WrongData(error) from error
    keep_with_run(Path(arguments.run_), outputs)
