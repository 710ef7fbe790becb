"""`semihard embed`."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout

from semihard.cli._interrupts import served_until_ctrl_c
from semihard.cli._parsing import Commands, WrongData, a_path, at_least
from semihard.cli._pictures import add_backend, add_batches, add_run, given_paths, say_left_out, set_backend
from semihard.cli._progress import Progress
from semihard.cli._warnings import plain_warnings


def add(commands: Commands) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "embed",
        help="turn pictures into vectors with the model of a run",
        description=(
            "Write the vector, path and label of each picture as a Parquet, .npy or .tsv file, or as a directory of "
            "Parquet files. Ended by whatever, the same command goes on, to the same bytes. Pictures that cannot be "
            "read are left out, listed, and make the exit status 3."
        ),
    )
    add_run(parser)
    parser.add_argument(
        "data",
        metavar="DATA",
        type=a_path,
        nargs="+",
        help="folders (a sub-folder is a label), tables of path and maybe label, pictures; - reads paths from stdin",
    )
    parser.add_argument(
        "--out",
        type=a_path,
        required=True,
        metavar="FILE",
        help="the file to write: .parquet; .npy, with labels and paths in FILE.meta.tsv; or .tsv, for the projector. "
        "Without an ending, a directory of .parquet files",
    )
    parser.add_argument("--overwrite", action="store_true", help="let another file there be replaced")
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="'ray': several processes, here or on a cluster (RAY_ADDRESS) that sees the same files; the same bytes. "
        "--workers is how many, by default one a GPU or a machine",
    )
    parser.add_argument(
        "--shard", type=at_least(1), default=4096, metavar="N", help="pictures a file of a directory (default: 4096)"
    )
    add_batches(parser)
    add_backend(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from semihard.workflows.searching.run_files import find_run

    try:
        with plain_warnings():
            find_run(arguments.run_)  # found out in a moment: Keras takes seconds to come
            data = given_paths(arguments.data)
            set_backend(arguments.backend, arguments.run_)
            from semihard.workflows.searching import embed

            with _on_ray() if arguments.engine == "ray" else nullcontext(), Progress("embedded") as progress:
                embedded = embed(
                    arguments.run_,
                    data,
                    arguments.out,
                    batch=arguments.batch,
                    workers=arguments.workers,
                    device=arguments.device,
                    overwrite=arguments.overwrite,
                    engine=arguments.engine,
                    shard=arguments.shard,
                    progress=progress,
                )
    except (TypeError, ValueError) as error:
        raise WrongData(error) from error
    print(embedded)
    return say_left_out(embedded.note)


@contextmanager
def _on_ray() -> Iterator[None]:
    """Ctrl-C ends the processes of Ray, too; and what Ray says of them is no output of this command."""
    with served_until_ctrl_c(), redirect_stdout(sys.stderr):
        yield
