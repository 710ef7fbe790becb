"""Traces a call of a loss of whichever semihard is found first, on the active backend; a worker for other checkouts."""

from pathlib import Path

import keras
import numpy as np
from keras import ops

import semihard
from benchmarks.harness.serve import serve
from benchmarks.mining.batches import Batch
from benchmarks.trace.calls import LOSSES, calls_in
from semihard import losses, relations

PACKAGE = Path(semihard.__file__).parent
BACKEND = keras.backend.backend()


def trace(loss, batch):
    """Return [from, to, function] of each call within the package."""
    name, options = LOSSES[loss]
    loss = getattr(losses, name)(**{key: getattr(relations, made)() for key, made in options.items()})
    labels, embeddings = (ops.convert_to_tensor(np.asarray(array)) for array in Batch("K = 4", batch).arrays())
    loss(labels, embeddings)  # builds what is kept for later calls
    return calls_in(PACKAGE, lambda: loss(labels, embeddings))


if __name__ == "__main__":
    serve({"trace": trace})
