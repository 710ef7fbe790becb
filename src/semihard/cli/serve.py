"""`semihard serve`."""

import argparse
import sys
from typing import Any

from semihard._core.extras import MissingPackage
from semihard.cli import _interrupts
from semihard.cli._parsing import PORTS, Commands, WrongData, WrongUsage, a_path, at_least
from semihard.cli._pictures import add_backend, set_backend
from semihard.cli._warnings import plain_warnings
from semihard.workflows.serving.limits import Limits

RUNTIMES = ("onnx", "litert", "keras", "int8")
DEFAULTS = Limits()


def add(commands: Commands) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "serve",
        help="answer over HTTP what photographs show, by a bundle",
        description=(
            "Serve what `semihard export` wrote, until Ctrl-C: /embed, /search, /match, and a page that says what "
            "there is. Only programs on this machine reach it, unless you let others."
        ),
    )
    parser.add_argument("bundle", metavar="BUNDLE", type=a_path, help="directory that `semihard export` wrote")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="to listen at (default: 127.0.0.1)")
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="let ADDRESS be one that others reach; they need no password",
    )
    parser.add_argument("--port", type=PORTS, default=8000, metavar="N", help="0 for any that is free (default: 8000)")
    parser.add_argument("--allow-add", action="store_true", help="let /add write to the bundle's gallery")
    parser.add_argument(
        "--runtime",
        choices=RUNTIMES,
        help="what runs the model (default: onnx, litert or keras, whichever is first at hand)",
    )
    for option, default, what in (
        ("--max-mb", DEFAULTS.bytes >> 20, "of a request"),
        ("--max-pictures", DEFAULTS.pictures, "in a request"),
        ("--max-megapixels", DEFAULTS.pixels // 10**6, "of a picture"),
        ("--seconds", int(DEFAULTS.seconds), "for a request"),
        ("--at-once", DEFAULTS.at_once, "requests at a time"),
    ):
        parser.add_argument(option, type=at_least(1), default=default, metavar="N", help=f"{what} (default: {default})")
    add_backend(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    from semihard.workflows.serving import serve
    from semihard.workflows.serving.loopback import is_loopback

    if not arguments.allow_remote and not is_loopback(arguments.host):
        raise WrongUsage(
            f"expected --host of this machine alone, such as 127.0.0.1. Received: {arguments.host}, which others may "
            "reach. Add --allow-remote if they shall"
        )
    limits = Limits(
        bytes=arguments.max_mb * 2**20,
        pictures=arguments.max_pictures,
        pixels=arguments.max_megapixels * 10**6,
        seconds=arguments.seconds,
        at_once=arguments.at_once,
    )
    try:
        with plain_warnings():
            bundle = _opened(arguments)
            if not is_loopback(arguments.host):
                print(
                    f"semihard: whoever reaches {arguments.host} can use this server: no password, no encryption.",
                    file=sys.stderr,
                )
            # Ctrl-C closes the server and is then what it is elsewhere.
            with _interrupts.served_until_ctrl_c():
                serve(
                    bundle,
                    host=arguments.host,
                    port=arguments.port,
                    limits=limits,
                    allow_add=arguments.allow_add,
                    allow_remote=arguments.allow_remote,
                )
    except (TypeError, ValueError) as error:
        raise WrongData(error) from error


def _opened(arguments: argparse.Namespace) -> Any:
    from semihard.workflows.exporting import Bundle

    if arguments.runtime in (None, "keras"):
        try:
            set_backend(arguments.backend, arguments.bundle)
        except MissingPackage:
            if arguments.runtime == "keras":
                raise  # else another runtime may be there
    return Bundle.open(arguments.bundle, runtime=arguments.runtime)
