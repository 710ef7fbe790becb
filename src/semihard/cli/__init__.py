"""The command `semihard`, one sub-command a file."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

# Nothing here may import Keras before the backend is chosen: Keras reads KERAS_BACKEND once, when it is imported.
from semihard import __version__
from semihard._core.extras import MissingPackage
from semihard.cli import (
    _interrupts,
    _streams,
    embed,
    evaluate,
    export,
    index,
    preflight,
    search,
    serve,
    train,
    tutorial,
    view,
)
from semihard.cli._parsing import WrongData, WrongUsage

COMMANDS = (tutorial, preflight, train, evaluate, view, embed, index, search, export, serve)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{message} (see {self.prog} --help)")


def command() -> NoReturn:
    """Be the process `semihard`: `main` on its arguments, exit with its status, and end on Ctrl-C whatever happens."""
    _interrupts.watch()
    _streams.prepare()
    try:
        status = main()
    except SystemExit as end:  # of --help and --version
        status = int(end.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    _interrupts.end(_streams.flush(status))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0, 1 for a failure, 2 for wrong usage, 3 if all was done but for pictures that cannot be read, 130 after Ctrl-C, and
    141 if nobody reads on, as of any program in a pipe.

    Expected failures print one line on stderr. Anything else is a bug and keeps its traceback.

    Args:
        argv: the arguments after the program's name; by default those of this process.

    Example:
        >>> main(["tutorial", "--epochs", "0"])
        2
    """
    try:
        parser = _parser()
        arguments = parser.parse_args(argv)
        if arguments.run is None:
            parser.print_help(sys.stderr)
            return 2
        return arguments.run(arguments) or 0
    except WrongUsage as error:
        return _streams.fail(error, 2)
    except BrokenPipeError:  # `| head` has read enough: nothing to complain about
        return _streams.UNREAD
    except (MissingPackage, OSError, WrongData) as error:
        return _streams.fail(error, 1)
    except MemoryError as error:
        return _streams.fail(f"not enough memory: {error}" if str(error) else "not enough memory", 1)
    except KeyboardInterrupt:
        print(_interrupts.MESSAGE, file=sys.stderr)
        return _interrupts.status()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="semihard",
        description="Metric learning for Keras 3.",
        epilog="Begin with `semihard tutorial`. `semihard COMMAND --help` says more of each.",
    )
    parser.set_defaults(run=None)
    parser.add_argument("--version", action="version", version=f"semihard {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    for command in COMMANDS:
        command.add(commands)
    return parser
