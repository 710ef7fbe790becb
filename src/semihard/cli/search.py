"""`semihard search`."""

import argparse

from semihard._core.extras import PLOTS, require
from semihard.cli._outputs import check_outputs
from semihard.cli._parsing import Commands, WrongData, a_path, at_least
from semihard.cli._pictures import add_backend, given_paths, say_left_out, set_backend
from semihard.cli._progress import Progress
from semihard.cli._warnings import plain_warnings


def add(commands: Commands) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "search",
        help="say what photographs show, by a gallery",
        description=(
            "Print the name of each photograph, or none of these, by the gallery's threshold, and its nearest pictures."
        ),
    )
    parser.add_argument("gallery", metavar="GALLERY", type=a_path, help="directory that `semihard index` wrote")
    parser.add_argument(
        "photos", metavar="PHOTO", type=a_path, nargs="+", help="pictures, or folders of them; - reads paths from stdin"
    )
    parser.add_argument("-k", type=at_least(1), default=10, metavar="K", help="neighbors of each (default: 10)")
    parser.add_argument(
        "--run",
        dest="run_",
        type=a_path,
        metavar="RUN",
        help="whose model made the gallery (default: the one that lies in it)",
    )
    parser.add_argument(
        "--ann", action="store_true", help="search by the gallery's approximate index (default: exactly)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--out", type=a_path, metavar="FILE", help="also draw the photographs with their neighbors, as PNG or SVG"
    )
    add_backend(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from semihard._core.canvas import picture_format
    from semihard.gallery import Gallery

    try:
        if arguments.out is not None:
            picture_format(arguments.out)
            check_outputs([arguments.out], [])
            require("matplotlib", "matplotlib", PLOTS)
        with plain_warnings():
            Gallery.open(arguments.gallery)  # found out in a moment: Keras takes seconds to come
            photos = given_paths(arguments.photos)
            set_backend(arguments.backend, arguments.run_ or arguments.gallery)
            from semihard.workflows.searching import search

            with Progress("searched") as progress:
                found = search(
                    arguments.gallery,
                    photos,
                    run=arguments.run_,
                    k=arguments.k,
                    ann=arguments.ann,
                    out=arguments.out,
                    device=arguments.device,
                    progress=progress,
                )
    except (TypeError, ValueError) as error:
        raise WrongData(error) from error
    print(found.to_json() if arguments.json else found)
    return say_left_out(found.note)
