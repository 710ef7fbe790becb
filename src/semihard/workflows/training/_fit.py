"""The epochs: first with the backbone frozen, if it brings weights, then with all of the model."""

import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from semihard._core.files import whole_file, whole_path
from semihard._core.labels import encode_labels
from semihard.callbacks import EmbeddingEvaluation, HardClasses
from semihard.data import BalancedBatches, BatchPlan
from semihard.workflows.execution import JIT_COMPILE, feed
from semihard.workflows.training._checkpoint import Arrays, Progress, restore, values, write_checkpoint
from semihard.workflows.training._events import Events
from semihard.workflows.training._features import Features, Pixels
from semihard.workflows.training._images import Images
from semihard.workflows.training._losses import make_loss
from semihard.workflows.training._progress import clear, show
from semihard.workflows.training.kinds import ALL
from semihard.workflows.training.options import TrainingOptions

MONITOR = "val_map_at_r"
LAST, BEST = "checkpoints/last.npz", "checkpoints/best.keras"
# An unfrozen backbone is to be adapted, not learned anew.
UNFROZEN = 0.1


def fit(
    encoder: keras.Model,
    inputs: Pixels | Features,
    images: Images,
    options: TrainingOptions,
    directory: Path,
    progress: Progress,
    arrays: Arrays | None,
    say: Callable[[str], None],
) -> None:
    """Train from where `progress` is to the end; write a checkpoint after each epoch.

    Args:
        encoder: what is kept.
        inputs: with the models that are trained.
        options: resolved.
        directory: of the run.
        progress: is brought forward.
        arrays: of the checkpoint that `progress` is of; None at the beginning.

    Raises:
        ValueError: the loss is not finite any more.
    """
    (directory / LAST).parent.mkdir(exist_ok=True)
    if progress.stopped or progress.epoch == options.epochs:
        return
    models, batches = inputs.models, _batches(inputs, options)
    held_out = inputs.of_held_out(images.validation), encode_labels(images.validation.labels)[0]
    evaluation = EmbeddingEvaluation(held_out, output=models.encoder)
    hard = _hard(batches, models.encoder, options)
    events = Events(directory / "tensorboard", progress.history)
    try:
        frozen = min(options.frozen, options.epochs)
        for first, end in ((0, frozen), (frozen, options.epochs)):
            if progress.epoch >= end or progress.stopped:
                continue
            models.freeze(first < frozen)
            rate = options.learning_rate * (UNFROZEN if first else 1.0)
            _compile(models.trained, options, rate, len(batches) * (end - first))
            start = arrays if arrays is not None else values("model", models.trained.variables)
            if arrays is None or progress.epoch == first:  # the optimizer is of the epochs before these
                start = {name: value for name, value in start.items() if name.startswith("model/")}
            arrays = None
            bar = [_Bar(len(batches))] if sys.stderr.isatty() else []
            keeper = _Keeper(encoder, directory, progress, options, events, say, may_stop=end == options.epochs)
            models.trained.fit(
                feed(batches),
                initial_epoch=progress.epoch,
                epochs=end,
                shuffle=False,
                verbose=0,
                callbacks=[batches.callback, _Start(start, options.seed), *hard, evaluation, keeper, *bar],
            )
    finally:
        events.close()


def _batches(inputs: Pixels | Features, options: TrainingOptions) -> BalancedBatches:
    assert options.classes_per_batch and options.samples_per_class  # noqa: S101 - resolved
    x, labels, augment = inputs.of_training()
    shape = options.classes_per_batch, options.samples_per_class
    plan = BatchPlan(labels, *shape, options.seed, hard=options.hard_classes)
    return BalancedBatches(x, plan, augment=augment, workers=options.workers)


def _hard(batches: BalancedBatches, encoder: keras.Model, options: TrainingOptions) -> list[HardClasses]:
    """What finds hard classes, in each epoch from its first weights, so that a training that goes on finds the same."""
    if not options.hard_classes:
        return []
    return [HardClasses(batches.plan, batches.x, workers=options.workers, output=encoder)]


def _compile(model: keras.Model, options: TrainingOptions, rate: float, steps: int) -> None:
    warm_up = round(steps * options.warmup)
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 10 if warm_up else rate,
        max(1, steps - warm_up),
        alpha=0.01,
        warmup_target=rate if warm_up else None,
        warmup_steps=warm_up,
    )
    model.compile(
        keras.optimizers.Adam(schedule),
        loss=make_loss(options.loss, options.mining, options.margin, options.sizes),
        jit_compile=JIT_COMPILE,
    )
    model.optimizer.build(model.trainable_variables)


class _Start(keras.callbacks.Callback):
    """Gives model and optimizer the values to begin with, after `fit` has built them.

    Building draws random numbers on some backends: as many whether a training begins there or goes on. So does what
    draws from the process's own numbers, as dropout on PyTorch: those are a function of the epoch.
    """

    def __init__(self, arrays: Arrays, seed: int) -> None:
        super().__init__()
        self._arrays, self._seed = arrays, seed

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        keras.utils.set_random_seed(int(np.random.default_rng([self._seed, epoch]).integers(2**31)))

    def on_train_begin(self, logs: Any = None) -> None:
        restore("model", self.model.variables, self._arrays)
        if any(name.startswith("optimizer/") for name in self._arrays):
            restore("optimizer", self.model.optimizer.variables, self._arrays)


class _Keeper(keras.callbacks.Callback):
    """After each epoch: keeps the best model, writes where the training is, and ends it when nothing gets better."""

    def __init__(
        self,
        encoder: keras.Model,
        directory: Path,
        progress: Progress,
        options: TrainingOptions,
        events: Events,
        say: Callable[[str], None],
        *,
        may_stop: bool,
    ) -> None:
        super().__init__()
        self.encoder, self.directory, self.progress, self.options = encoder, directory, progress, options
        self.events, self.say, self.may_stop = events, say, may_stop
        self._begun = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._begun = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        figures = {name: float(value) for name, value in (logs or {}).items()}
        if not math.isfinite(figures["loss"]):
            raise ValueError(
                f"Expected a loss that is finite. Received: {figures['loss']} in epoch {epoch + 1}: the training has "
                f"diverged. Train with a smaller learning_rate than {self.options.learning_rate}."
            )
        rate = float(np.asarray(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)))
        record = {"epoch": epoch + 1, **figures, "learning_rate": rate}
        record["seconds"] = round(time.perf_counter() - self._begun, 3)
        progress, score = self.progress, figures[MONITOR]
        better = progress.best_score is None or score > progress.best_score
        if better:
            progress.best_epoch, progress.best_score = epoch + 1, None if math.isnan(score) else score
            with whole_path(self.directory / BEST) as temporary:
                self.encoder.save(temporary)
        progress.epoch = epoch + 1
        progress.history = [*progress.history, record]
        # What an unfrozen backbone can do shows after some epochs of it.
        frozen = 0 if self.options.freeze_epochs == ALL else self.options.frozen
        waited = progress.epoch - max(progress.best_epoch, frozen)
        progress.stopped = self.may_stop and waited >= self.options.patience and progress.epoch < self.options.epochs
        # The last of them: whatever else is there of an epoch that this does not tell of is written again.
        write_checkpoint(self.directory / LAST, self.model, progress)
        write_metrics(self.directory, progress)
        self.events.add(record)
        self.say(
            f"epoch {progress.epoch:>3} of {self.options.epochs}   loss {figures['loss']:.4f}   "
            f"Recall@1 {figures['val_recall_at_1']:.4f}   MAP@R {score:.4f}{' *' if better else '  '}   "
            f"{record['seconds']:.1f} s"
        )
        if progress.stopped:
            self.model.stop_training = True
            self.say(f"No better MAP@R for {self.options.patience} epochs: training ends.")


def write_metrics(directory: Path, progress: Progress) -> None:
    """Write `metrics.jsonl`: the figures of each epoch, null where there is none."""
    with whole_file(directory / "metrics.jsonl") as file:
        for record in progress.history:
            plain = {name: None if isinstance(x, float) and not math.isfinite(x) else x for name, x in record.items()}
            file.write(json.dumps(plain) + "\n")


class _Bar(keras.callbacks.Callback):
    """Says on a terminal how far the epoch is."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps = steps

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        show(f"step {batch + 1:,} of {self._steps:,}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        clear()
