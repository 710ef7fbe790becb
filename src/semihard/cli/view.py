"""`semihard view`."""

import argparse
import sys
import webbrowser
from pathlib import Path

from semihard._core.extras import TABLES, require
from semihard._core.runs import read_epochs
from semihard.cli._outputs import check_outputs
from semihard.cli._parsing import PORTS, Commands, WrongData, a_path, at_least
from semihard.cli._progress import Stages
from semihard.cli._saved import add_saved, keep_with_run, saved_files
from semihard.cli._view_in_tensorboard import view_in_tensorboard

METHODS = ("umap", "tsne", "pca")


def add(commands: Commands) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "view",
        help="look at saved embeddings in the browser, offline",
        description=(
            "Write one page that shows embeddings as points with their pictures, each one's true neighbours, and the "
            "labels that look wrong; then open it. Of a RUN, sprite.png and epochs/*.npy are shown too. The page needs "
            "no network and can be sent to somebody."
        ),
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add_saved(parser)
    parser.add_argument(
        "--images",
        type=a_path,
        default=argparse.SUPPRESS,
        metavar="DIR|PNG",
        help="pictures of the samples: a folder, or a sprite sheet on a square grid (default: RUN/sprite.png if there)",
    )
    parser.add_argument(
        "--outside-images",
        action="store_true",
        help="embed pictures outside of DIR too, where names or links lead there; whoever gets the page sees them",
    )
    parser.add_argument(
        "--method",
        choices=METHODS,
        nargs="+",
        default=argparse.SUPPRESS,
        help="maps to make, the first shown first (default: umap; pca for more than 200,000 samples)",
    )
    parser.add_argument(
        "-k",
        type=at_least(0),
        default=argparse.SUPPRESS,
        metavar="K",
        help="neighbours to search of each sample, 0 for none (default: 15; none for more than 100,000 samples)",
    )
    parser.add_argument("--seed", type=at_least(0), default=0, metavar="N", help="of the maps")
    parser.add_argument(
        "--out",
        type=a_path,
        default=argparse.SUPPRESS,
        metavar="FILE",
        help="the page (default: view.html beside vecs.tsv)",
    )
    parser.add_argument(
        "--parquet",
        type=a_path,
        default=argparse.SUPPRESS,
        metavar="FILE",
        help="also write a table that embedding-atlas opens",
    )
    parser.add_argument("--no-open", action="store_true", help="only write the page, or only serve it")
    parser.add_argument(
        "--tensorboard", action="store_true", help="show the RUN in TensorBoard's projector instead, until Ctrl-C"
    )
    parser.add_argument(
        "--port", type=PORTS, default=0, metavar="N", help="of TensorBoard, on this machine alone; 0 for any"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    from semihard.visualization.projector import read_metadata, read_vectors
    from semihard.visualization.viewer import make_view, write_page, write_parquet

    if arguments.tensorboard:
        view_in_tensorboard(Path(arguments.run_), arguments.port, open_browser=not arguments.no_open)
        return
    vectors, metadata = saved_files(arguments)
    folder = vectors.parent
    asked = vars(arguments)
    out = Path(asked.get("out", folder / "view.html"))
    outputs = [out, *(Path(asked[name]) for name in ("parquet",) if name in asked)]
    inputs = [vectors, metadata, *(Path(asked[name]) for name in ("images",) if name in asked)]
    check_outputs(outputs, inputs)
    if "parquet" in asked:
        require("pyarrow", "pyarrow", TABLES)
    try:
        frames = read_epochs(folder) if Path(arguments.run_).is_dir() else {}
        epochs = {f"epoch {number}": embeddings for number, embeddings in frames.items()}
        with Stages() as progress:
            view = make_view(
                read_vectors(vectors),
                read_metadata(metadata),
                label=asked.get("column"),
                images=asked.get("images", _sprite(arguments)),
                images_table=metadata.parent,
                outside_images=arguments.outside_images,
                epochs=epochs,
                methods=asked.get("method"),
                k=asked.get("k"),
                seed=arguments.seed,
                title=folder.resolve().name,
                progress=progress,
            )
        for note in view.notes:
            print(f"semihard: {note}", file=sys.stderr)
        page = write_page(view, out)
        print(f"Wrote {page} ({page.stat().st_size / 1e6:.1f} MB).")
        if "parquet" in asked:
            table = write_parquet(view, arguments.parquet)
            print(
                f"Wrote {table}. Open it with: embedding-atlas {table} --x x --y y --neighbors neighbors --image image"
            )
    except ValueError as error:
        raise WrongData(error) from error
    keep_with_run(Path(arguments.run_), outputs)
    if not arguments.no_open and not webbrowser.open(page.resolve().as_uri()):
        print("No browser was found here: open the page in one.")


def _sprite(arguments: argparse.Namespace) -> Path | None:
    path = Path(arguments.run_) / "sprite.png"
    return path if path.is_file() else None
