"""Retrieval figures of held-out data at the end of epochs, in the logs, where other callbacks find them."""

import math
import time
import warnings
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from semihard._core import checks
from semihard._core.labels import label_array, label_codes
from semihard.callbacks._cost import Cost
from semihard.callbacks._embed import Embedder
from semihard.callbacks._held_out import HeldOut
from semihard.callbacks._subsample import FEWEST
from semihard.callbacks._symptoms import Symptoms
from semihard.evaluation import evaluate, health


class EmbeddingEvaluation(keras.callbacks.Callback):
    """Embeds data, searches it among itself, and writes `val_recall_at_1`, `val_r_precision`, `val_map_at_r`, ….

    With them go `val_effective_rank` (from 1, a line, to the dimensions; 0 for one point) and `val_collapsed` (1 or 0),
    as `semihard.evaluation.Health` has them. What hints at a training that learns nothing is said in a warning, once:
    embeddings that collapse; labels that are all different, or all the same; a loss of 0 from the start, or one that
    stays where all distances are equal (a triplet loss at its margin).

    Put it before the callbacks that read the logs, and `EarlyStopping(monitor="val_map_at_r", mode="max")`,
    `ModelCheckpoint` and `TensorBoard` work as with any other metric. A validation loss says little about retrieval:
    it is that of the triplets that happened to be in a batch.

    It costs a forward pass over the data, and a search whose time grows with the square of the samples, and with the
    size of the classes. Where that is more than a tenth of the training between two evaluations, and seconds, a warning
    says so once, with the time of both and what would bring it to a tenth: `samples`, or `every`.

    Args:
        data: (x, labels), or anything that gives batches (x, labels) when it is gone through: a
            `keras.utils.PyDataset`, `tf.data.Dataset`, a DataLoader. Gone through once an evaluation, in its order;
            with `samples` once more at the beginning, for the labels.
        every: epochs between evaluations; the last epoch is always evaluated. Between them nothing is written.
        ks: the k of Recall@k.
        seen_labels: the labels of the training classes. Queries of these classes and of others are then searched apart,
            each among their own kind, and named `val_seen_map_at_r`, `val_unseen_map_at_r`, ….
        samples: evaluate at most so many, 8 or more, and the same ones each time: of each class its share, but four at
            least where it has them, and of the small classes as many, drawn by chance, as there is room for. Figures
            of fewer samples are others: they are to be compared with their own kind only.
        seed: of that choice.
        batch_size: samples embedded at a time, where `data` is (x, labels) or `samples` is given.
        prefix: what the names begin with.
        output: what the embedding is, where the model gives something else or several things: the name or number of an
            output, the name of a layer, a layer, or a model that takes the same data. By default what the model gives;
            where it ends with a `CosineClassifier`, what goes into that, which is said once.

    An embedding that is not finite gives NaN for all figures, and a warning.

    Attributes:
        cost: of the last evaluation: how many samples, and the seconds to embed and to search them; None before it.

    Raises:
        ValueError: for `every`, `samples` or a k below 1, or labels of another length than x; while training, for an
            `output` that the model lacks, or none where it has several.
        TypeError: for data that is neither arrays nor gives batches, or an `output` of another type.

    Example:
        >>> x, labels = np.random.default_rng(0).random((20, 4), np.float32), np.arange(20) % 5
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.UnitNormalization()])
        >>> model.compile("sgd", loss="mse")
        >>> history = model.fit(x, x[:, :2], verbose=0, callbacks=[EmbeddingEvaluation((x, labels))])
        >>> [name for name in history.history if name.startswith("val")]
        ['val_recall_at_1', 'val_recall_at_5', 'val_r_precision', 'val_map_at_r', 'val_effective_rank', 'val_collapsed']
    """

    def __init__(
        self,
        data: Any,
        *,
        every: int = 1,
        ks: Iterable[int] = (1, 5),
        seen_labels: Any = None,
        samples: int | None = None,
        seed: int = 0,
        batch_size: int = 256,
        prefix: str = "val_",
        output: Any = None,
    ) -> None:
        super().__init__()
        self.data = data
        self.every: int = checks.whole_number("every", every, 1)
        self.ks: list[int] = [checks.whole_number("k", k, 1) for k in ks]
        self.seen: NDArray[Any] | None = None if seen_labels is None else np.unique(np.asarray(seen_labels))
        self.batch_size: int = checks.whole_number("batch_size", batch_size, 1)
        self.samples: int | None = None if samples is None else checks.whole_number("samples", samples, 2 * FEWEST)
        self.prefix = prefix
        self.cost: Cost | None = None
        self._begun = 0.0
        self._held_out = HeldOut(data, self.batch_size, self.samples, checks.whole_number("seed", seed, 0))
        self._embedder = Embedder(output, type(self).__name__)
        self._symptoms = Symptoms(type(self).__name__)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._symptoms.begin()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._begun = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        last = epoch + 1 == self.params.get("epochs")
        loss = (logs or {}).get("loss")
        if last or not (epoch + 1) % self.every:
            trained, compiled = time.perf_counter() - self._begun, self.cost is not None
            found = self.evaluate()
            if self.cost is not None and (compiled or last):  # the first evaluation compiles the model, too
                self._symptoms.of_cost(self.cost, trained, self.every)
            if logs is not None:
                logs.update({self.prefix + name: value for name, value in found.items()})
        self._symptoms.of_loss(getattr(self.model, "loss", None), loss, first=epoch == 0, last=last)

    def evaluate(self) -> dict[str, float]:
        """Figures of the model as it is now: name → value, without the prefix."""
        begun = time.perf_counter()
        embeddings, labels = self._embedded()
        embedded = time.perf_counter()
        parts = {"": np.ones(len(labels), bool)}
        if self.seen is not None:
            known = np.isin(labels, self.seen)
            parts = {"seen_": known, "unseen_": ~known}
        found = {}
        for part, rows in parts.items():
            self._symptoms.of_labels(labels[rows], part)
            for name, value in self._figures(embeddings[rows], labels[rows], part).items():
                found[part + name] = value
        self.cost = Cost(len(labels), embedded - begun, time.perf_counter() - embedded)
        return found

    def _figures(self, embeddings: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], part: str) -> dict[str, float]:
        names = [*(f"recall_at_{k}" for k in self.ks), "r_precision", "map_at_r"]
        nothing = dict.fromkeys([*names, "effective_rank", "collapsed"], math.nan)
        if not len(labels):
            return nothing
        if not np.isfinite(embeddings).all():
            warnings.warn("Embeddings are not finite: the model has diverged. All figures are NaN.", stacklevel=2)
            return nothing
        found = evaluate(embeddings, labels, ks=self.ks, resamples=0).figures
        filled = health(embeddings, label_codes(labels, None)[0])
        self._symptoms.of_health(filled, part)
        figures = {name: found[name].value for name in names}
        return {**figures, "effective_rank": filled.effective_rank, "collapsed": float(filled.collapsed)}

    def _embedded(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        parts, found = [], []
        for x, labels in self._held_out.batches():
            parts.append(self._embedder.embed(self.model, x))
            found.append(label_array("labels", labels, len(parts[-1])))
        if not parts:
            raise ValueError("Expected `data` to give at least one batch. Received: none.")
        return np.concatenate(parts), np.concatenate(found)
