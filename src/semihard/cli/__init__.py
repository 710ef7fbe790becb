"""The command `semihard`, one sub-command a file."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

# Nothing here may import Keras before the backend is chosen: Keras reads KERAS_BACKEND once, when it is imported.
from semihard import __version__
from semihard._extras import MissingPackage
from semihard.cli import _interrupts, evaluate, preflight, tutorial, view
from semihard.cli._parsing import WrongData, WrongUsage

COMMANDS = (tutorial, preflight, evaluate, view)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{message} (see {self.prog} --help)")


def command() -> NoReturn:
    """Be the process `semihard`: `main` on its arguments, exit with its status, and end on Ctrl-C whatever happens."""
    _interrupts.watch_for_ctrl_c()
    status = main()
    if status == _interrupts.STATUS:
        _interrupts.end()
    sys.exit(status)


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
    except WrongUsage as error:
        return _fail(error, 2)
    except (MissingPackage, OSError, WrongData) as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        print(_interrupts.MESSAGE, file=sys.stderr)
        return _interrupts.STATUS
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="semihard", description="Metric learning for Keras 3.")
    parser.add_argument("--version", action="version", version=f"semihard {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


def _fail(message: object, status: int) -> int:
    print(f"semihard: {message}", file=sys.stderr)
    return status
