"""`semihard train`."""

import argparse
import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from semihard._core.runs import UNFINISHED, nothing_left, writable_directory
from semihard.cli._choose_backend import choose_backend
from semihard.cli._parsing import Commands, WrongData, WrongUsage, a_path
from semihard.cli._progress import Progress
from semihard.cli._warnings import plain_warnings
from semihard.workflows.training.config import CONFIG, read_config
from semihard.workflows.training.kinds import Kind
from semihard.workflows.training.options import TrainingOptions

# The first option of each group, as they stand in the class.
GROUPS = {
    "split": "which images",
    "batch": "batches",
    "backbone": "the model",
    "loss": "the loss",
    "epochs": "the training",
    "map": "afterwards, and where",
}


def add(commands: Commands) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "train",
        help="train a model that tells the classes of a folder of images apart, and judge it on those it never saw",
        description=(
            "Train embeddings of images, so that those of one class lie together, also of classes that training never "
            "saw. Writes the model, how it wants its pictures, figures, pictures and a page to look at. Ended by "
            "whatever, it goes on with --resume, to exactly the same end."
        ),
    )
    parser.add_argument(
        "data",
        type=a_path,
        metavar="DATA",
        nargs="?",
        help="folder with a sub-folder of images a class, or a CSV or Parquet table of path, label and maybe split",
    )
    parser.add_argument("--out", type=a_path, metavar="RUN", help="directory to write into, new or empty")
    parser.add_argument("--overwrite", action="store_true", help="let the run in it be replaced, once this one is done")
    parser.add_argument("--resume", type=a_path, metavar="RUN", help="go on with a run that was ended; alone")
    parser.add_argument(
        "--config", type=a_path, metavar="FILE", help="config.toml of another run, for all that is not given here"
    )
    group: Any = parser
    for field in dataclasses.fields(TrainingOptions)[1:]:
        group = parser.add_argument_group(GROUPS[field.name]) if field.name in GROUPS else group
        kind: Kind = field.metadata["kind"]
        default = "" if field.default is None else f" (default: {field.default})"
        group.add_argument(
            "--" + field.name.replace("_", "-"),
            type=str if kind.choices else _parser_of(field.name, kind),
            choices=kind.choices,
            metavar=kind.metavar,
            default=argparse.SUPPRESS,
            help=field.metadata["help"].replace("%", "%%") + default,
        )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    names = {field.name for field in dataclasses.fields(TrainingOptions)} - {"data"}
    options = {name: value for name, value in vars(arguments).items() if name in names}
    _check(arguments, options)
    try:
        with nothing_left(arguments.out or arguments.resume):
            if arguments.out is not None:
                writable_directory(arguments.out)  # found out in a moment: Keras takes seconds to come
            asked = options.get("backend") or _saved_backend(arguments)
            os.environ["KERAS_BACKEND"] = choose_backend(asked, os.environ)
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # or a dozen lines about the CPU come first
            from semihard.workflows.training import train

            with plain_warnings(), Progress("looked at") as progress:
                trained = train(
                    arguments.data,
                    arguments.out,
                    config=arguments.config,
                    resume=arguments.resume,
                    overwrite=arguments.overwrite,
                    progress=progress,
                    **options,
                )
    except (TypeError, ValueError) as error:
        raise WrongData(error) from error
    print(trained)


def _check(arguments: argparse.Namespace, options: dict[str, Any]) -> None:
    others = [name for name in ("data", "out", "config") if getattr(arguments, name) is not None]
    others += ["overwrite"] * arguments.overwrite + list(options)
    if arguments.resume is not None and others:
        raise WrongUsage(f"expected --resume alone, since the run goes on with nothing changed. Received: {others[0]}")
    if arguments.resume is None and arguments.data is None and arguments.config is None:
        raise WrongUsage("expected DATA, --config or --resume. Received: none of them (see semihard train --help)")
    if arguments.resume is None and arguments.out is None:
        raise WrongUsage("expected --out, the directory of the run. Received: none")


def _saved_backend(arguments: argparse.Namespace) -> str | None:
    """What the run ran on that goes on, or is run again."""
    config = arguments.config
    if arguments.resume is not None:
        run = Path(arguments.resume)
        config = next((one / CONFIG for one in (run / UNFINISHED, run) if (one / CONFIG).is_file()), None)
    return None if config is None else read_config(config).get("backend")


def _parser_of(name: str, kind: Kind) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            value = kind.parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"expected {kind.metavar}, received {text!r}") from error
        try:
            return kind.check(name, value)
        except (TypeError, ValueError) as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parse
