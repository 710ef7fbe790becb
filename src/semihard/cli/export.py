"""`semihard export`."""

import argparse

from semihard.cli._parsing import Commands, WrongData, a_path
from semihard.cli._pictures import add_backend, given_paths, set_backend
from semihard.cli._progress import Progress
from semihard.cli._warnings import plain_warnings


def add(commands: Commands) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "export",
        help="write a run as a bundle that one can deploy: ONNX, SavedModel, LiteRT, gallery, a script",
        description=(
            "Write a directory with all that it takes to use a model elsewhere: the model in each format that can be "
            "made here, its preprocessing, a gallery with its threshold, and a script that needs no Keras. Says how "
            "far each format is from Keras, and how many decisions that changes."
        ),
    )
    parser.add_argument(
        "run_",
        metavar="RUN",
        type=a_path,
        help="directory that `semihard train` wrote, or a gallery of `semihard index`, which then goes into the bundle",
    )
    parser.add_argument("--out", type=a_path, required=True, metavar="BUNDLE", help="directory, new or empty")
    parser.add_argument("--gallery", type=a_path, metavar="GALLERY", help="gallery for the bundle, of the same model")
    parser.add_argument(
        "--formats",
        type=_formats,
        metavar="A,B",
        help="of onnx, saved_model and litert, and fail if one cannot be made (default: those that can)",
    )
    parser.add_argument("--int8", action="store_true", help="also make a quantised ONNX model")
    parser.add_argument(
        "--samples",
        type=a_path,
        nargs="+",
        metavar="DATA",
        help="pictures to compare with Keras on (default: those that the run has held out, else the gallery's)",
    )
    add_backend(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    from semihard._core.runs import check_free
    from semihard.workflows.searching.run_files import find_run

    try:
        with plain_warnings():
            find_run(arguments.run_)  # found out in a moment: Keras takes seconds to come
            check_free(arguments.out)
            samples = None if arguments.samples is None else given_paths(arguments.samples)
            set_backend(arguments.backend, arguments.run_)
            from semihard.workflows.exporting import export

            with Progress("read") as progress:
                exported = export(
                    arguments.run_,
                    arguments.out,
                    gallery=arguments.gallery,
                    formats=arguments.formats,
                    int8=arguments.int8,
                    samples=samples,
                    progress=progress,
                )
    except (TypeError, ValueError) as error:
        raise WrongData(error) from error
    print(exported)


def _formats(text: str) -> list[str]:
    from semihard.workflows.exporting.formats import checked_formats

    try:
        return checked_formats([name.strip() for name in text.split(",")])
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
