"""The command `semihard`."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

# Nothing here may import Keras before the backend is chosen: Keras reads KERAS_BACKEND once, when it is imported.
from semihard import __version__
from semihard._extras import MissingPackage

BACKENDS = ("tensorflow", "jax", "torch")


class _WrongUsage(Exception):
    """The command line or the environment cannot be followed; the message says why."""


class _WrongData(Exception):
    """The given data cannot be used; the message says why."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _WrongUsage(f"{message} (see {self.prog} --help)")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C.

    Expected failures print one line on stderr. Anything else is a bug and keeps its traceback.

    Args:
        argv: the arguments after the program's name; by default those of this process.

    Example:
        >>> main(["tutorial", "--epochs", "0"])
        2
    """
    try:
        arguments = _parser().parse_args(argv)
        arguments.run(arguments)
    except _WrongUsage as error:
        return _fail(error, 2)
    except (MissingPackage, OSError, _WrongData) as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        return _fail("interrupted; every file that was written is whole.", 130)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="semihard", description="Metric learning for Keras 3.")
    parser.add_argument("--version", action="version", version=f"semihard {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    tutorial = commands.add_parser(
        "tutorial",
        help="train embeddings of MNIST with the semi-hard triplet loss, judge them and draw them",
        description=(
            "Train embeddings of the MNIST digits with TripletSemiHardLoss, as the TensorFlow Addons tutorial does; "
            "write the model, its figures, the embeddings and two pictures. Needs no download."
        ),
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    tutorial.add_argument(
        "--epochs",
        type=_at_least(1),
        default=argparse.SUPPRESS,
        metavar="N",
        help="passes over the training digits (default: 5; of balanced batches 2)",
    )
    tutorial.add_argument(
        "--batch-size",
        type=_at_least(2),
        default=argparse.SUPPRESS,
        metavar="N",
        help="digits a step (default: 32; in balanced batches 100)",
    )
    tutorial.add_argument(
        "--backend",
        choices=BACKENDS,
        default=argparse.SUPPRESS,
        help="what Keras runs on (default: KERAS_BACKEND if it is set, else the first that is installed)",
    )
    tutorial.add_argument("--seed", type=_at_least(0), default=0, metavar="N", help="of all that is random")
    tutorial.add_argument(
        "--sampler",
        choices=("random", "balanced"),
        default="random",
        help="how batches are made: shuffled, or balanced (as many digits of each class), which needs less training",
    )
    tutorial.add_argument("--out", default="semihard-mnist", metavar="DIR", help="directory to write into")
    tutorial.set_defaults(run=_tutorial)
    preflight = commands.add_parser(
        "preflight",
        help="say what batches of a data set will teach, before any training",
        description=(
            "Count the positive pairs and negatives that random batches of a data set hold, how many batches hold no "
            "positive pair at all, and suggest a plan. Reads labels only."
        ),
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    preflight.add_argument(
        "data", metavar="DIR|CSV", help="folder with a sub-folder a class, or table with a column label"
    )
    preflight.add_argument("--batch-size", type=_at_least(1), default=32, metavar="N", help="samples a step")
    preflight.set_defaults(run=_preflight)
    evaluate = commands.add_parser(
        "evaluate",
        help="judge saved embeddings by searching each one's neighbours",
        description=(
            "Search every embedding among the others, exactly, and print Recall@k, Precision@k, R-Precision, MAP@R and "
            "MRR with intervals, the weakest classes and the classes that are taken for each other."
        ),
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    evaluate.add_argument(
        "run_", metavar="RUN|vecs.tsv", help="directory with vecs.tsv and meta.tsv, or the file of the embeddings"
    )
    evaluate.add_argument("metadata", metavar="meta.tsv", nargs="?", help="file of the labels, beside a vecs.tsv")
    evaluate.add_argument(
        "--column", default=argparse.SUPPRESS, help="column of the labels, if there are several (default: label)"
    )
    evaluate.add_argument(
        "-k", type=_at_least(1), nargs="+", default=[1, 5, 10], metavar="K", help="the k of Recall@k and Precision@k"
    )
    evaluate.add_argument("--json", default=argparse.SUPPRESS, metavar="FILE", help="also write every figure as JSON")
    evaluate.add_argument(
        "--plot", default=argparse.SUPPRESS, metavar="FILE", help="also draw the figures, as PNG or SVG"
    )
    evaluate.set_defaults(run=_evaluate)
    return parser


def _at_least(minimum: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if not minimum <= value < 2**32:  # the widest seed that Keras takes
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {minimum}, received {text!r}")
        return value

    return parse


def _tutorial(arguments: argparse.Namespace) -> None:
    os.environ["KERAS_BACKEND"] = _choose_backend(getattr(arguments, "backend", None), os.environ)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # or a dozen lines about the CPU come first
    from semihard.recipes import mnist_tutorial

    mnist_tutorial.run(
        arguments.out,
        epochs=getattr(arguments, "epochs", None),
        batch_size=getattr(arguments, "batch_size", None),
        seed=arguments.seed,
        sampler=arguments.sampler,
    )


def _preflight(arguments: argparse.Namespace) -> None:
    from semihard.data import preflight, read_labels

    try:
        labels = read_labels(arguments.data)
        print(preflight(labels, min(arguments.batch_size, len(labels))))
    except ValueError as error:
        raise _WrongData(error) from error


def _evaluate(arguments: argparse.Namespace) -> None:
    from semihard.evaluation import evaluate
    from semihard.projector import read_tsv

    given = Path(arguments.run_)
    if given.is_dir() == (arguments.metadata is not None):
        raise _WrongUsage(
            f"expected either a directory, or vecs.tsv and meta.tsv. Received: {given}"
            + (f" and {arguments.metadata}" if arguments.metadata else f", which is {_what(given)}")
        )
    vectors, metadata = (given / "vecs.tsv", given / "meta.tsv") if given.is_dir() else (given, arguments.metadata)
    try:
        embeddings, labels = read_tsv(vectors, metadata, column=getattr(arguments, "column", None))
        with _Progress("searched") as progress:
            report = evaluate(embeddings, labels, ks=arguments.k, progress=progress)
        print(report)
        if hasattr(arguments, "json"):
            report.to_json(arguments.json)
        if hasattr(arguments, "plot"):
            report.plot(arguments.plot)
    except ValueError as error:
        raise _WrongData(error) from error


def _what(path: Path) -> str:
    return "a file" if path.exists() else "not there"


class _Progress:
    """A line on stderr that says how far it is, where somebody is looking."""

    def __init__(self, what: str) -> None:
        self.what, self.shown = what, -1

    def __enter__(self) -> "_Progress":
        return self

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // max(total, 1)
        if percent != self.shown and sys.stderr.isatty():
            print(f"\r{self.what} {done:,} of {total:,} ({percent} %)", end="", file=sys.stderr, flush=True)
            self.shown = percent

    def __exit__(self, *_: object) -> None:
        if self.shown >= 0:
            print(file=sys.stderr)


def _choose_backend(asked: str | None, environment: Mapping[str, str]) -> str:
    """Return the backend to use: what was asked for, else `KERAS_BACKEND`, else the first one installed."""
    name = asked or environment.get("KERAS_BACKEND")
    if name is None:
        name = next((backend for backend in BACKENDS if find_spec(backend)), None)
        if name is None:
            raise MissingPackage("a Keras backend", 'pip install "semihard[tensorflow]" (or jax, or torch)', "none")
    if name not in BACKENDS:
        raise _WrongUsage(f"expected KERAS_BACKEND to be one of {', '.join(BACKENDS)}. Received: {name!r}.")
    if find_spec(name) is None:
        raise MissingPackage(name, f'pip install "semihard[{name}]"', f"no module named {name!r}")
    return name


def _fail(message: object, status: int) -> int:
    print(f"semihard: {message}", file=sys.stderr)
    return status
