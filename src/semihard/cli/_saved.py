"""Saved embeddings on the command line: a run's directory, or its two files."""

import argparse
from pathlib import Path

from semihard.cli._parsing import WrongUsage, what_is


def add_saved(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that name the embeddings and their labels."""
    parser.add_argument(
        "run_", metavar="RUN|vecs.tsv", help="directory with vecs.tsv and meta.tsv, or the file of the embeddings"
    )
    parser.add_argument("metadata", metavar="meta.tsv", nargs="?", help="file of the labels, beside a vecs.tsv")
    parser.add_argument(
        "--column", default=argparse.SUPPRESS, help="column of the labels, if there are several (default: label)"
    )


def saved_files(arguments: argparse.Namespace) -> tuple[Path, Path]:
    """Return the paths of the embeddings and of their labels; raise `WrongUsage` unless exactly both are named."""
    given = Path(arguments.run_)
    if given.is_dir() == (arguments.metadata is not None):
        raise WrongUsage(
            f"expected either a directory, or vecs.tsv and meta.tsv. Received: {given}"
            + (f" and {arguments.metadata}" if arguments.metadata else f", which is {what_is(given)}")
        )
    return (given / "vecs.tsv", given / "meta.tsv") if given.is_dir() else (given, Path(arguments.metadata))
