"""`semihard.train`: from a folder of images to a model, with all that one wants to know of it."""

import dataclasses
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from semihard._core.labels import encode_labels
from semihard._core.runs import MANIFEST, UNFINISHED, nothing_left, run_directory, writable_directory
from semihard._core.runs.lock import locked
from semihard._core.runs.replace_files import complete_replacement
from semihard.workflows.training._checkpoint import Progress, read_checkpoint
from semihard.workflows.training._copies import notes_on_copies
from semihard.workflows.training._features import FOLDER, inputs
from semihard.workflows.training._fit import LAST, fit, write_metrics
from semihard.workflows.training._images import read_images
from semihard.workflows.training._model import build
from semihard.workflows.training._results import summary, write_results
from semihard.workflows.training._settings import settings
from semihard.workflows.training.config import CONFIG, read_config, write_config
from semihard.workflows.training.options import TrainingOptions

LOG, METRICS = "train.log", "metrics.json"


@dataclasses.dataclass(frozen=True)
class TrainedRun:
    """What `semihard.train` returns; `print` it.

    Attributes:
        run: its directory.
        figures: of the held-out images: recall_at_1, map_at_r, …; None where there is nothing to judge by.
        intervals: name → (lower, upper), of 95 %.
        epochs, best_epoch: how many were trained, and which the model is of.
        text: what was written, what the figures mean and what to do next.
    """

    run: Path
    figures: dict[str, float | None]
    intervals: dict[str, tuple[float, float]]
    epochs: int
    best_epoch: int
    text: str = dataclasses.field(repr=False)

    def __str__(self) -> str:
        return self.text


def train(
    data: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    *,
    config: str | os.PathLike[str] | None = None,
    resume: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], object] | None = None,
    **options: Any,
) -> TrainedRun:
    """Train a model that tells the classes of images apart, also those that it never saw, and judge it.

    `out` holds, together and at the end: `model.keras`, `preprocessing.json`, `config.toml`, `metrics.jsonl` of each
    epoch, the vectors, the report and pictures of the held-out images, `view.html`, and `checkpoints`. Until then
    everything is in `out`/unfinished. A training that was ended, whatever ended it, goes on with `resume`, from the end
    of its last epoch, and comes to exactly the weights of one that was not (on one backend, on a CPU).

    Args:
        data: a folder with a sub-folder of images for each class (at any depth below it), or a CSV, TSV or Parquet
            table with columns path, label, and maybe split (train, val, test).
        out: directory to write into. One that holds anything is refused.
        config: `config.toml` of another run, whose options are used where none is given here.
        resume: directory of an unfinished run; alone, since nothing may change. A finished one is left as it is.
        overwrite: let the files of a run in `out` be replaced, once the new ones are complete.
        progress: called with (images looked at, all images) before training.
        **options: of `semihard.workflows.training.TrainingOptions`; `semihard train --help` says what each means.
            Which images are held out: split, test_fraction, val_fraction. Pictures: size, color_mode, fit, corrupt,
            limit. Batches: batch, classes_per_batch, samples_per_class, hard_classes, augment, strength, workers. The
            model: backbone, backbone_weights, scaling, embedding, weights. The loss: loss, mining, margin. Training:
            epochs, patience, learning_rate, warmup, freeze_epochs, copies, precision, device, seed. And map, backend.

    Returns:
        The figures of the held-out images, and what is where. Says on stdout, and in `train.log`, how far it is.

    Raises:
        TypeError, ValueError: an option misspelt or out of its range; data that nothing can be learned from, or files
            of it that cannot be read; a backbone that is not there or holds code; a loss that is not finite.
        OSError: there is nothing at `data`, `out` holds something already or cannot be written to, or nothing to
            resume.
        ImportError: Pillow is not installed.

    Example:
        >>> import contextlib, io, tempfile
        >>> from PIL import Image
        >>> photos = Path(tempfile.mkdtemp())
        >>> for color in ("red", "green", "blue", "gray"):
        ...     (photos / color).mkdir()
        ...     for number in range(3):
        ...         Image.new("RGB", (8, 8 + number), color).save(photos / color / f"{number}.png")
        >>> run = Path(tempfile.mkdtemp()) / "run"
        >>> with contextlib.redirect_stdout(io.StringIO()):
        ...     trained = train(photos, run, epochs=1, size=16, map="none")
        >>> trained.epochs, (run / "model.keras").exists()
        (1, True)
    """
    if resume is not None:
        if data is not None or out is not None or config is not None or overwrite or options:
            raise ValueError("Expected `resume` alone: the run goes on with nothing changed. Received: other options.")
        return _resumed(Path(resume), progress)
    given = {**(read_config(config) if config is not None else {}), **options}
    if data is not None:
        given["data"] = data
    chosen = TrainingOptions.checked(given, f"options{'' if config is None else f' of {config} or given'}")
    if out is None:
        raise TypeError("Expected `out`, the directory of the run. Received: none.")
    with nothing_left(out), settings(chosen) as resolved:
        directory = _free(Path(out), overwrite)
        images, resolved = read_images(resolved, progress)
        keras.utils.set_random_seed(resolved.seed)
        models = build(resolved, images.preprocessing.shape, len(encode_labels(images.train.labels)[1]))
        with run_directory(directory) as files:
            write_config(files / CONFIG, resolved.given())
            return _run(directory, files, resolved, images, models, Progress(images.fingerprint), None)


def _resumed(directory: Path, progress: Callable[[int, int], object] | None) -> TrainedRun:
    if not directory.is_dir():
        raise FileNotFoundError(f"Expected the directory of an unfinished run. Received: {directory}, which is none.")
    with locked(directory):
        complete_replacement(directory)  # if it was ended while its files took their places
    if (directory / CONFIG).is_file() and not (directory / UNFINISHED / MANIFEST).is_file():
        print(f"{directory} is finished: there is nothing left to do.", flush=True)
        return _trained(directory, directory, _own_options(directory))
    with run_directory(directory, resume=True) as files, settings(_own_options(files)) as resolved:
        images, _ = read_images(resolved, progress)
        keras.utils.set_random_seed(resolved.seed)
        models = build(resolved, images.preprocessing.shape, len(encode_labels(images.train.labels)[1]))
        found = read_checkpoint(files / LAST)
        state, arrays = found or (Progress(images.fingerprint), None)
        if state.fingerprint != images.fingerprint:
            raise ValueError(
                f"Expected the images of {resolved.data} to be as they were when the run began. Received: others. "
                "Put them back, or start another run."
            )
        return _run(directory, files, resolved, images, models, state, arrays)


def _run(
    directory: Path, files: Path, options: TrainingOptions, images: Any, models: Any, state: Progress, arrays: Any
) -> TrainedRun:
    with (files / LOG).open("a", encoding="utf-8", errors="replace") as log:

        def say(text: str) -> None:
            print(text, flush=True)
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
            log.flush()

        if state.epoch:
            write_metrics(files, state)
            say(f"Going on after epoch {state.epoch}")
        held = "" if images.test is images.validation else f", {len(images.test):,} to judge the model by"
        say(
            f"Training on {len(images.train):,} images of {len(set(encode_labels(images.train.labels)[0].tolist())):,} "
            f"classes, {options.classes_per_batch} classes of {options.samples_per_class} a batch; "
            f"{len(images.validation):,} held out{held}; Keras on {keras.backend.backend()}"
        )
        for note in notes_on_copies(images):
            say(note)
        taken = inputs(models, images, options, files, say)
        fit(models.encoder, taken, images, options, files, state, arrays, say)
        write_results(models.encoder, taken, images, options, files, state, say)
        shutil.rmtree(files / FOLDER, ignore_errors=True)
    return _trained(files, directory, options)


def _trained(files: Path, run: Path, options: TrainingOptions) -> TrainedRun:
    found = json.loads((files / METRICS).read_text(encoding="utf-8"))
    return TrainedRun(
        run,
        found["figures"],
        {name: (low, high) for name, (low, high) in found["intervals"].items()},
        found["epochs"],
        found["best_epoch"],
        summary(files, run, found, options),
    )


def _free(directory: Path, overwrite: bool) -> Path:
    """`directory`, made if it is missing; raise if it holds anything and may not be written over."""
    inside = sorted(path.name for path in directory.iterdir() if path.name[0] != ".") if directory.is_dir() else []
    if inside and not overwrite:
        unfinished = (directory / UNFINISHED / CONFIG).is_file()
        what = "an unfinished run" if unfinished else "a run" if MANIFEST in inside else f"{inside[0]}, for one"
        advice = f"Go on with it (resume={str(directory)!r}), choose" if unfinished else "Choose"
        raise FileExistsError(
            f"Expected a new or empty directory for the run. Received: {directory}, which holds {what}. {advice} "
            "another directory, or replace the run there (overwrite)."
        )
    return writable_directory(directory)


def _own_options(directory: Path) -> TrainingOptions:
    if not (directory / CONFIG).is_file():
        raise FileNotFoundError(
            f"Expected a run with its {CONFIG} in {directory}. Received: none: it was ended before it began. Start it "
            "again (overwrite)."
        )
    return TrainingOptions.checked(read_config(directory / CONFIG), str(directory / CONFIG))
