"""The MNIST tutorial of TensorFlow Addons' triplet loss, from the digits to the picture of their clusters."""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import keras

from semihard import datasets, evaluation, visualization
from semihard._core import checks
from semihard._core.extras import require_plots
from semihard._core.files import whole_file, whole_path
from semihard._core.runs import run_directory
from semihard.callbacks import EmbeddingCheckpoint
from semihard.visualization import pictures
from semihard.workflows._job import Clock, in_float32, versions
from semihard.workflows.execution import JIT_COMPILE, STEPS_PER_EXECUTION, verbose
from semihard.workflows.tutorial import balanced_recipe
from semihard.workflows.tutorial.mnist_model import LEARNING_RATE, SHUFFLE_BUFFER, build_model, to_input, train

RECIPES = ("addons", "balanced")
# Of each recipe: its model and training, what "epochs" and "batch_size" are by default, and what else it is made of.
MODEL = {"addons": build_model, "balanced": balanced_recipe.build_balanced_model}
TRAIN = {"addons": train, "balanced": balanced_recipe.train_balanced}
EPOCHS = {"addons": 5, "balanced": 2}
BATCH_SIZE = {"addons": 32, "balanced": balanced_recipe.BATCH_SIZE}
SETTINGS: dict[str, dict[str, float]] = {
    "addons": {"shuffle_buffer": SHUFFLE_BUFFER, "learning_rate": LEARNING_RATE, "margin": 1.0},
    "balanced": {"peak_learning_rate": balanced_recipe.PEAK_LEARNING_RATE, "margin": balanced_recipe.MARGIN},
}
# What a run may have left before there was a run.json to list it.
OWNS = (
    *("model.keras", "history.png", "vecs.tsv", "meta.tsv", "sprite.png", "embedding.png", "metrics.json"),
    *("epochs/[0-9]*.npy", "view.html"),
)


def run(
    out: str | os.PathLike[str] = "semihard-mnist",
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    seed: int = 0,
    recipe: str = "addons",
    keep_epochs: bool = False,
    train_digits: int = 60_000,
    test_digits: int = 10_000,
) -> dict[str, Any]:
    """Train embeddings of MNIST digits with `TripletSemiHardLoss`, judge them and draw them.

    The model and settings are those of the TensorFlow Addons tutorial, or of a recipe that learns more. Into `out`,
    which is made if it is missing, go `model.keras`, `history.png`, `vecs.tsv`, `meta.tsv`, `sprite.png`,
    `embedding.png`, `metrics.json` and `run.json`, together and at the end: they take the places of those of an earlier
    run, and until then lie in `out`/unfinished, each whole or not at all. Computes in float32 with channels last,
    whatever `keras.json` says. Says on stdout what it does, with Keras's progress bars if that is a terminal.

    Args:
        out: directory to write into.
        epochs: passes over the training digits; by default 5, or 2 of the balanced recipe.
        batch_size: digits a step, ≥ 2; by default 32, or 100 of the balanced recipe.
        seed: of the weights, the shuffling, the dropout and the map.
        recipe: "addons" is the model and training of the TensorFlow Addons tutorial; "balanced" another model, on
            batches with as many digits of each class, with settings that suit them (`balanced_recipe`).
        keep_epochs: also embed the test digits after each epoch, into `epochs/001.npy`, …, for `semihard view`.
        train_digits: how many of the 60,000 training digits to use.
        test_digits: how many of the 10,000 test digits to embed, at least 10.

    Returns:
        What `metrics.json` holds: "loss" of each epoch, "recall_at_1", "recall_at_5", "r_precision", "map_at_r",
        "seconds" of each stage and in total, "backend", "versions", "seed", "settings".

    Raises:
        ImportError: matplotlib or umap-learn is not installed; before any work.
        OSError: `out` cannot be written to or another run is writing into it (both before any work), or the disk is
            full.
        TypeError, ValueError: an argument out of its range.

    Example:
        >>> import contextlib, io, tempfile
        >>> with contextlib.redirect_stdout(io.StringIO()):
        ...     figures = run(tempfile.mkdtemp(), epochs=1, train_digits=64, test_digits=50)
        >>> len(figures["loss"]), figures["total"], figures["settings"]["batch_size"]
        (1, 50, 32)
    """
    require_plots()
    recipe = checks.one_of("recipe", recipe, RECIPES)
    epochs = checks.whole_number("epochs", EPOCHS[recipe] if epochs is None else epochs, 1)
    batch_size = checks.whole_number("batch_size", BATCH_SIZE[recipe] if batch_size is None else batch_size, 2)
    seed = checks.whole_number("seed", seed, 0)
    train_digits = checks.whole_number("train_digits", train_digits, 2)
    test_digits = checks.whole_number("test_digits", test_digits, 10)
    with in_float32(), run_directory(out, OWNS) as files:
        clock = Clock(5)
        keras.utils.set_random_seed(seed)

        with clock.stage("data", "Reading the digits"):
            (train_images, train_labels), (test_images, test_labels) = datasets.mnist()
            train_images, train_labels = train_images[:train_digits], train_labels[:train_digits]
            test_images, test_labels = test_images[:test_digits], test_labels[:test_digits]

        keep = [EmbeddingCheckpoint(to_input(test_images), files / "epochs")] if keep_epochs else []
        backend = keras.backend.backend()
        with clock.stage("train", f"Training {epochs} epochs on {len(train_images):,} digits with Keras on {backend}"):
            model = MODEL[recipe]()
            history = TRAIN[recipe](
                model,
                to_input(train_images),
                train_labels,
                epochs=epochs,
                batch_size=batch_size,
                seed=seed,
                callbacks=keep,
            )
            with whole_path(files / "model.keras") as temporary:
                model.save(temporary)
            pictures.plot_training(history, files / "history.png", title="Training on MNIST")

        with clock.stage("embed", f"Embedding {len(test_images):,} test digits"):
            vectors = model.predict(to_input(test_images), batch_size=250, verbose=verbose())
            visualization.write_tsv(vectors, test_labels, files)
            visualization.write_sprite(test_images, files / "sprite.png")

        with clock.stage("evaluate", "Searching each test digit's neighbours among the others"):
            bar = keras.utils.Progbar(len(vectors)).update if verbose() == 1 else None
            tell = bar and (lambda done, total: bar(done))
            report = evaluation.evaluate(vectors, test_labels, ks=(1, 5), resamples=0, progress=tell)
            found = {name: figure.value for name, figure in report.figures.items()}

        with clock.stage("map", "Drawing the map with UMAP, which compiles for some seconds first"):
            points = visualization.reduce(vectors, seed=seed, progress=sys.stderr.isatty())
            title = f"{len(points):,} digits the model never saw: Recall@1 {found['recall_at_1']:.3f}"
            pictures.plot_embedding(points, test_labels, files / "embedding.png", images=test_images, title=title)

        clock.seconds["total"] = sum(clock.seconds.values())
        figures = {
            "loss": history["loss"],
            **found,
            "scored": report.scored,
            "total": report.total,
            "seconds": {stage: round(seconds, 2) for stage, seconds in clock.seconds.items()},
            "backend": backend,
            "versions": versions("semihard", "keras", "numpy", "umap-learn", "matplotlib"),
            "seed": seed,
            "settings": {
                "epochs": epochs,
                "batch_size": batch_size,
                "recipe": recipe,
                "train_digits": len(train_images),
                "test_digits": len(test_images),
                **SETTINGS[recipe],
                "jit_compile": JIT_COMPILE,
                "steps_per_execution": STEPS_PER_EXECUTION,
            },
        }
        with whole_file(files / "metrics.json") as handle:
            json.dump(figures, handle, indent=2)
            handle.write("\n")
    _print_summary(Path(out), figures)
    return figures


def _print_summary(directory: Path, figures: dict[str, Any]) -> None:
    longer = f"--recipe {figures['settings']['recipe']} --epochs 20 --out {shlex.quote(f'{directory}-20')}"
    print(
        f"""
Recall@1 {figures["recall_at_1"]:.4f}   Recall@5 {figures["recall_at_5"]:.4f}   \
R-Precision {figures["r_precision"]:.4f}   MAP@R {figures["map_at_r"]:.4f}   ({figures["seconds"]["total"]:.0f} s)

Wrote into {directory}:
  embedding.png       the map of the test digits
  history.png         the loss of each epoch
  metrics.json        these figures, with settings, versions and seconds
  model.keras         the trained model
  vecs.tsv, meta.tsv  the embeddings and their labels
  sprite.png          the digits, for the viewers
  run.json            which files belong together

Next:
  Look at them:    semihard view {shlex.quote(str(directory))}
  Load vecs.tsv and meta.tsv on https://projector.tensorflow.org ("Load", on the left).
  Use the model:   import keras, semihard.losses
                   model = keras.models.load_model({str(directory / "model.keras")!r})
  Train longer:    semihard tutorial {longer}"""
    )
