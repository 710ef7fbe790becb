"""What `EmbeddingEvaluation` costs beside an epoch, for all of many held-out images and for some.

python -m benchmarks validation --write
"""

from collections.abc import Sequence

from benchmarks.harness.checkout import MNIST
from benchmarks.harness.environments import OURS
from benchmarks.harness.machine import busy
from benchmarks.harness.page import made_by, options, page, progress, publish, table
from benchmarks.harness.worker import Worker

FIGURES = {"recall_at_1": "Recall@1", "r_precision": "R-Precision", "map_at_r": "MAP@R"}


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("validation", __doc__)
    parser.add_argument("--images", type=int, default=100_000, help="that are held out")
    parser.add_argument("--steps", type=int, default=300, help="of training, to know how long an epoch is")
    parser.add_argument("--backend", choices=list(OURS), default="tensorflow")
    arguments = parser.parse_args(line)
    beside, rows = busy(), []
    with Worker(arguments.backend, "validation.ours") as worker:
        ran = worker.ask("start", data=str(MNIST), images=arguments.images)
        epoch = worker.ask("epoch", steps=arguments.steps)
        progress(f"an epoch: {epoch['seconds']:.1f} s")
        for classes, samples in ((1000, None), (1000, 20_000), (1000, 10_000), (10, 10_000), (10, 5000)):
            found = worker.ask("evaluate", samples=samples, classes=classes)
            seconds = found["embed"] + found["search"]
            cells = [f"{classes:,}", f"{found['samples']:,}", f"{found['embed']:.1f}", f"{found['search']:.1f}"]
            cells += [f"{seconds / epoch['seconds']:.0%}", f"{found['work'] / epoch['work']:.0%}"]
            figures = [f"{found['figures'][name]:.4f}" for name in FIGURES] if classes == 10 else ["–"] * len(FIGURES)
            rows.append([*cells, *figures])
            progress(", ".join(rows[-1]))
    columns = ["classes", "images", "seconds to embed", "to search", "of the epoch", "of its work", *FIGURES.values()]
    text = page(
        "What an evaluation while training costs",
        f"{made_by('validation')}: {ran}. {beside}",
        f"An epoch of the MNIST tutorial, 60,000 images in batches of 32, takes {epoch['seconds']:.0f} s, and "
        f"{epoch['work']:.0f} s of all cores together, by {arguments.steps} of its steps. Held out are "
        f"{arguments.images:,} pictures, the 10,000 test digits turned by up to 15 degrees, embedded in 256 "
        "dimensions. Of 1,000 classes, a digit turned by about as much is one; of 10, a digit. `EmbeddingEvaluation` "
        "takes all of them, or `samples`. Its parts, and their share of the epoch's seconds and of its work: seconds "
        "of all cores, which other programs change less.",
        table(columns, rows),
        "The search looks at as many neighbors as a class has, so that few large classes cost more. The thousand "
        "classes are there for their number, and mean nothing to the model. Of ten, the share of the images that a "
        "class has stays what it was, and so do the figures, nearly.",
    )
    publish("validation", text, arguments.write)
