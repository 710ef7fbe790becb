"""The losses of TensorFlow Addons: see `worker.py`."""

import tensorflow as tf
from tensorflow_addons import losses

from benchmarks.losses.definitions import FAR, MARGIN


def make(name, batch):
    """Return a function (labels, x) → loss, and no class vectors."""
    if name == "pairs":
        half, same = batch.size // 2, batch.same()

        def of_pairs(labels, x):
            distances = tf.sqrt(tf.reduce_sum((x[:half] - x[half:]) ** 2, axis=1))
            return tf.reduce_mean(losses.contrastive_loss(same, distances, FAR))

        return of_pairs, []
    return OF_THE_BATCH[name], []


OF_THE_BATCH = {
    "semi-hard": lambda labels, x: losses.triplet_semihard_loss(labels, x, MARGIN),
    "hard": lambda labels, x: losses.triplet_hard_loss(labels, x, MARGIN),
    "hard-soft": lambda labels, x: losses.triplet_hard_loss(labels, x, soft=True),
    "lifted": losses.lifted_struct_loss,
    "npairs": lambda labels, x: losses.npairs_loss(labels, tf.matmul(x, x, transpose_b=True)),
}
