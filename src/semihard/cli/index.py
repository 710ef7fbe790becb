"""`semihard index`."""

import argparse

from semihard.cli._parsing import Commands, WrongData, a_path
from semihard.cli._pictures import add_backend, add_batches, add_run, given_paths, say_left_out, set_backend
from semihard.cli._progress import Stages
from semihard.cli._warnings import plain_warnings


def add(commands: Commands) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "index",
        help="make a gallery of pictures, to search",
        description=(
            "Write a directory that holds the vectors, labels and paths of pictures, the model, and a threshold for "
            "none of these. Ended by whatever, the same command goes on. Pictures that cannot be read are left out, "
            "listed, and make the exit status 3."
        ),
    )
    add_run(parser)
    parser.add_argument(
        "images",
        metavar="IMAGES",
        type=a_path,
        nargs="+",
        help="as of `semihard embed`, or the vectors.parquet that it wrote with the same model",
    )
    parser.add_argument("--out", type=a_path, required=True, metavar="GALLERY", help="directory, new or empty")
    there = parser.add_mutually_exclusive_group()
    there.add_argument(
        "--add",
        action="store_true",
        help="add the pictures to the gallery that is there, made with the same model; its threshold stays, "
        "unless one of the options for it is given",
    )
    there.add_argument(
        "--overwrite",
        action="store_true",
        help="let a gallery that is there be replaced; it stays whole until the new one is",
    )
    parser.add_argument(
        "--target-fpir",
        type=float,
        metavar="X",
        help="share of strangers that may get a name, which the threshold is found for (default: 0.01, or what "
        "the held-out classes support, up to 0.25)",
    )
    parser.add_argument("--threshold", type=float, metavar="X", help="a distance, instead")
    parser.add_argument(
        "--ann", action="store_true", help="also build an approximate index, for `semihard search --ann`"
    )
    add_batches(parser)
    add_backend(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from semihard.workflows.searching.run_files import find_run

    try:
        with plain_warnings():
            find_run(arguments.run_)
            images = given_paths(arguments.images)
            set_backend(arguments.backend, arguments.run_)
            from semihard.workflows.searching import index

            with Stages() as progress:
                indexed = index(
                    arguments.run_,
                    images,
                    arguments.out,
                    target_fpir=arguments.target_fpir,
                    threshold=arguments.threshold,
                    add=arguments.add,
                    overwrite=arguments.overwrite,
                    ann=arguments.ann,
                    batch=arguments.batch,
                    workers=arguments.workers,
                    device=arguments.device,
                    progress=progress,
                )
    except (TypeError, ValueError) as error:
        raise WrongData(error) from error
    print(indexed)
    return say_left_out(indexed.note)
