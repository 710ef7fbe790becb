"""How Keras should run the tutorial's model on each backend, and what it prints meanwhile."""

import sys
from typing import Any

import keras

from semihard import data

# XLA makes this model about 25 times slower on TensorFlow's CPU; JAX cannot do without it.
JIT_COMPILE = keras.backend.backend() == "jax"
# Steps that run without returning to Python, which spares TensorFlow a tenth of the time.
STEPS_PER_EXECUTION = 25 if keras.backend.backend() == "tensorflow" else 1


def feed(batches: data.BalancedBatches) -> Any:
    """What `fit` takes fastest: where TensorFlow knows the size of a batch, it compiles the loss in half the time."""
    return data.as_tf_data(batches) if keras.backend.backend() == "tensorflow" else batches


def verbose() -> int:
    """How much `fit` says: a bar where a terminal can show one (1), else a line an epoch without escape codes (2)."""
    try:
        "━".encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return 2
    return 1 if sys.stdout.isatty() else 2
