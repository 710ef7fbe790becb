"""Saved embeddings on the command line: a run's directory, or its two files."""

import argparse
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from semihard._core.runs import add_to_run, check_run
from semihard.cli._parsing import WrongData, WrongUsage, a_path, what_is


def add_saved(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that name the embeddings and their labels."""
    parser.add_argument(
        "run_",
        metavar="RUN|vecs.tsv",
        type=a_path,
        help="directory with vecs.tsv and meta.tsv, or the file of the embeddings",
    )
    parser.add_argument(
        "metadata", metavar="meta.tsv", type=a_path, nargs="?", help="file of the labels, beside a vecs.tsv"
    )
    parser.add_argument(
        "--column", default=argparse.SUPPRESS, help="column of the labels, if there are several (default: label)"
    )


def saved_files(arguments: argparse.Namespace) -> tuple[Path, Path]:
    """Return the paths of the embeddings and of their labels; says on stderr if they are those of an unfinished run.

    Raises:
        WrongUsage: neither or more than a directory and two files are named.
        WrongData: the directory holds no run, or one that is not as far.
    """
    given = Path(arguments.run_)
    if given.is_dir() == (arguments.metadata is not None):
        raise WrongUsage(
            f"expected either a directory, or vecs.tsv and meta.tsv. Received: {given}"
            + (f" and {arguments.metadata}" if arguments.metadata else f", which is {what_is(given)}")
        )
    if not given.is_dir():
        return given, Path(arguments.metadata)
    check_saved(given)
    return given / "vecs.tsv", given / "meta.tsv"


def check_saved(run: Path) -> None:
    """Say on stderr what is not as it might seem in a run's directory; raise `WrongData` if it is none."""
    try:
        note = check_run(run, "vecs.tsv")
    except ValueError as error:
        raise WrongData(error) from error
    if note:
        print(f"semihard: {note}", file=sys.stderr)
    missing = [name for name in ("vecs.tsv", "meta.tsv") if not (run / name).is_file()]
    if missing:
        raise WrongData(
            f"Expected a run: a directory with vecs.tsv and meta.tsv, as `semihard tutorial` or "
            f"semihard.visualization.write_tsv makes. Received: {run}, which has no {' and no '.join(missing)}"
            + (". " + _advice(run))
        )


def keep_with_run(run: Path, made: Iterable[Path]) -> None:
    """Note that files in a run's directory were made from the run, so that the next run into it removes them."""
    inside = [path for path in made if path.resolve().is_relative_to(run.resolve())]
    with suppress(OSError):  # nobody waits for this
        add_to_run(run, inside)


def _advice(folder: Path) -> str:
    inside = sorted(path.parent for path in folder.glob("*/vecs.tsv"))
    if inside:
        return f"Name the run: {inside[0]}{' or another in it' if len(inside) > 1 else ''}."
    return "Embeddings are judged, not images: embed them first. `semihard preflight` takes a folder of images."
