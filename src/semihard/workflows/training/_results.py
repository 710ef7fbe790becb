"""What a training leaves: the best model, what it makes of the held-out images, figures and pictures of these."""

import json
import math
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from typing import Any

import keras
import numpy as np

from semihard import evaluation, visualization
from semihard._core.files import whole_file, whole_path
from semihard.data import InOrder
from semihard.models import PRETRAINED
from semihard.workflows._job import versions
from semihard.workflows.training._checkpoint import Progress
from semihard.workflows.training._cleaning import LEAKED, Cleaning, look_at_data
from semihard.workflows.training._features import Features, Pixels
from semihard.workflows.training._fit import BEST
from semihard.workflows.training._images import Images, in_memory
from semihard.workflows.training.options import TrainingOptions

KS = (1, 5, 10)
# Images that a page or a picture shows; more would make a page of hundreds of megabytes.
SHOWN = 20_000


def write_results(
    encoder: keras.Model,
    inputs: Pixels | Features,
    images: Images,
    options: TrainingOptions,
    directory: Path,
    progress: Progress,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Write all that a finished run holds beside its checkpoints; return what `metrics.json` holds."""
    images.preprocessing.to_json(directory / "preprocessing.json")
    with whole_path(directory / "model.keras") as temporary:
        shutil.copyfile(directory / BEST, temporary)
    encoder.load_weights(directory / BEST)
    say(f"Embedding {len(images.test):,} held-out images with the model of epoch {progress.best_epoch}")
    held_out = inputs.of_held_out(images.test)

    def embedded(pictures: Any) -> Any:
        return np.asarray(inputs.models.encoder.predict(InOrder(pictures, 128, workers=options.workers), verbose=0))

    vectors = embedded(held_out)
    pixels = held_out if isinstance(inputs, Pixels) else in_memory(images.test)
    labels = images.test.labels
    visualization.write_tsv(vectors, {"label": labels, "path": images.test.paths}, directory)
    report = evaluation.evaluate(vectors, labels, ks=KS, seed=options.seed)
    report.to_json(directory / "report.json")
    sizes = None
    if options.sizes is not None:
        sizes = evaluation.evaluate_at_dims(vectors, labels, options.sizes, seed=options.seed)
    cleaning = look_at_data(vectors, embedded, inputs, images, directory, say)
    with whole_file(directory / "report.txt") as file:
        said = [report, sizes, cleaning and cleaning.text]
        file.write("\n\n".join(str(part) for part in said if part is not None) + "\n")
    _draw(vectors, labels, pixels, report, sizes, cleaning, options, directory, progress, say)
    figures = {
        "figures": {name: _number(figure.value) for name, figure in report.figures.items()},
        "intervals": {name: figure.interval for name, figure in report.figures.items() if figure.interval},
        "scored": report.scored,
        "dims": sizes and {name: _number(figure.value) for name, figure in sizes.figures.items()},
        "cleaning": cleaning and cleaning.counts,
        "images": {name: len(part) for name, part in vars(images).items() if name != "fingerprint"},
        "chance": _chance(labels),
        "epochs": progress.epoch,
        "best_epoch": progress.best_epoch,
        "backend": keras.backend.backend(),
        "versions": versions("semihard", "keras", "numpy", "pillow"),
    }
    with whole_file(directory / "metrics.json") as file:
        json.dump(figures, file, indent=2)
        file.write("\n")
    return figures


def summary(files: Path, run: Path, found: Mapping[str, Any], options: TrainingOptions) -> str:
    """What was written, what the figures mean, and what to do next.

    Args:
        files: where the files are.
        run: where they will be.
    """
    figures = found["figures"]
    written = "\n".join(f"  {name:20}{what}" for name, what in _WHAT.items() if (files / name).exists())
    kind = {"class": "classes that it never saw", "sample": "known classes"}.get(options.split or "", "the test part")
    chose = "" if options.val_fraction or options.split == "column" else " They have also chosen the best epoch."
    interval = found["intervals"].get("recall_at_1")
    pretrained = ""
    if options.backbone == "small" and options.color_mode == "rgb":
        known = f"--backbone {PRETRAINED[0]} --freeze-epochs all"
        pretrained = f"  From ImageNet:     semihard train {quote(options.data)} {known} --out {quote(f'{run}-3')}\n"
    between = f" (95 % interval {interval[0]:.1%} to {interval[1]:.1%})" if interval else ""
    return f"""
Recall@1 {figures["recall_at_1"]:.4f}   MAP@R {figures["map_at_r"]:.4f}   the model of epoch {found["best_epoch"]} \
of {found["epochs"]}

Of {found["scored"]:,} images of {kind}, {figures["recall_at_1"]:.1%}{between} have one of their own class as \
their nearest neighbor; by chance it would be {found["chance"]:.1%}.{chose}

Wrote into {run}:
{written}

Next:
  Look at them:      semihard view {quote(str(run))}
  What it confuses:  semihard evaluate {quote(str(run))}
  Train on:          semihard train {quote(options.data)} --weights {quote(str(run))} --out {quote(f"{run}-2")}
{pretrained}  Search with it:    semihard index {quote(str(run))} {quote(options.data)} --out {quote(f"{run}-gallery")}
  Use it elsewhere:  semihard export {quote(str(run))} --out {quote(f"{run}-bundle")}
  Use the model:     import keras, semihard
                     read = semihard.data.Preprocessing.from_json({str(run / "preprocessing.json")!r})
                     model = keras.models.load_model({str(run / "model.keras")!r})
                     vector = model.predict(read("photo.jpg")[None])[0]"""


_WHAT = {
    "view.html": "the held-out images as points, with their neighbors, in a browser",
    "embedding.png": "their map",
    "neighbors.png": "some of them with their nearest neighbors",
    "training.png": "the curves of the training",
    "report.png": "the figures, drawn",
    "report.txt": "the figures: intervals, weakest classes, confusions; what may be wrong with the data",
    "report.json": "the figures for programs",
    "dims.png": "the figures of embeddings that are cut off",
    "cleaning.csv": "labels that look wrong and near-duplicates, of all images",
    "model.keras": "the best model: pictures to vectors of unit length",
    "preprocessing.json": "how it wants its pictures",
    "vecs.tsv": "the vectors of the held-out images; meta.tsv: their labels and paths",
    "config.toml": "every option, enough to train again",
    "metrics.jsonl": "the figures of each epoch",
    "train.log": "what was said",
    "tensorboard": "the same curves for TensorBoard",
    "checkpoints": "the last and the best epoch",
}


def _chance(labels: list[Any]) -> float:
    """Recall@1 of neighbors drawn by lot, over the images that have another one of their class."""
    sizes = [size for size in Counter(labels).values() if size > 1]
    return sum(size * (size - 1) for size in sizes) / (sum(sizes) * (len(labels) - 1))


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _draw(
    vectors: Any,
    labels: list[Any],
    pixels: Any,
    report: evaluation.RetrievalReport,
    sizes: evaluation.DimsReport | None,
    cleaning: Cleaning | None,
    options: TrainingOptions,
    directory: Path,
    progress: Progress,
    say: Callable[[str], None],
) -> None:
    shown = np.asarray(pixels) if len(labels) <= SHOWN else None
    drawing = find_spec("matplotlib") is not None
    if drawing:
        curves = [name for name in progress.history[0] if name not in ("epoch", "seconds", "learning_rate")]
        history = {name: [record[name] for record in progress.history] for name in curves}
        visualization.plot_training(history, directory / "training.png")
        report.plot(directory / "report.png")
        if sizes is not None:
            sizes.plot(directory / "dims.png")
        if shown is not None:
            k = min(8, len(labels) - 1)
            queries = min(8, len(labels))
            visualization.plot_neighbors(shown, vectors, labels, directory / "neighbors.png", queries=queries, k=k)
    else:
        say('No pictures: matplotlib is not installed. Run: pip install "semihard[plots]"')
    if options.map == "none":
        return
    say("Laying the images out and writing the page")
    view = visualization.make_view(
        vectors,
        {"label": labels} if cleaning is None else {"label": labels, LEAKED: cleaning.leaked},
        images=shown,
        methods=[options.map or "umap"],
        seed=options.seed,
        title=Path(options.data).name,
    )
    visualization.write_page(view, directory / "view.html")
    if drawing:
        points = view.frames[-1].maps[0]
        visualization.plot_embedding(points, labels, directory / "embedding.png", images=shown)
