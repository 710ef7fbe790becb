"""The losses of this library, on whichever backend `KERAS_BACKEND` says: see `worker.py`."""

import keras
from keras import ops

from benchmarks.losses.definitions import CENTERS, FAR, MARGIN
from semihard import losses
from semihard.layers import CosineClassifier


def make(name, batch):
    """Return a function (labels, x, *vectors) → loss, and the class vectors, a list of one or none."""
    if name in OVER_CLASSES:
        loss, centers = OVER_CLASSES[name]
        return _over_classes(loss, batch, centers)
    if name == "npairs-two":
        first, second = batch.two_a_class()
        codes = ops.arange(len(first), dtype="int32")
        return lambda labels, x: losses.npairs_loss(codes, _rows(x, first) @ ops.transpose(_rows(x, second))), []
    half = batch.size // 2
    if name == "ranking":
        codes = ops.arange(half, dtype="int32")
        return lambda labels, x: losses.npairs_loss(codes, 20.0 * _cosines(x[:half], x[half:])), []
    if name == "pairs":
        same = ops.convert_to_tensor(batch.same())
        return lambda labels, x: ops.mean(losses.contrastive_loss(same, _distances(x[:half], x[half:]), FAR)), []
    return OF_THE_BATCH[name], []


OVER_CLASSES = {
    "arcface": (losses.arcface_loss, 1),
    "cosface": (losses.cosface_loss, 1),
    "sub-center": (losses.arcface_loss, CENTERS),
    "proxy-anchor": (losses.proxy_anchor_loss, 1),
}
OF_THE_BATCH = {
    "semi-hard": lambda labels, x: losses.triplet_semihard_loss(labels, x, MARGIN),
    "all-semi-hard": lambda labels, x: losses.triplet_loss(
        labels, x, MARGIN, negatives="all_semi_hard", average="active"
    ),
    "all": lambda labels, x: losses.triplet_loss(labels, x, MARGIN, negatives="all", average="active"),
    "hard": lambda labels, x: losses.triplet_hard_loss(labels, x, MARGIN),
    "hard-active": lambda labels, x: losses.triplet_loss(
        labels, x, MARGIN, positives="hardest", negatives="hardest", average="active"
    ),
    "hard-soft": lambda labels, x: losses.triplet_hard_loss(labels, x, soft=True),
    "lifted": losses.lifted_struct_loss,
    "npairs": lambda labels, x: losses.npairs_loss(labels, x @ ops.transpose(x)),
    "contrastive": lambda labels, x: losses.pair_contrastive_loss(
        labels, x, negative_margin=FAR, squared=False, average="active"
    ),
    "multi-similarity": losses.multi_similarity_loss,
    "supcon": losses.supervised_contrastive_loss,
    "nt-xent": lambda labels, x: losses.nt_xent_loss(labels, x, temperature=0.07),
    "circle": losses.circle_loss,
}


def _over_classes(loss, batch, centers):
    layer = CosineClassifier(batch.classes, centers)
    vectors = batch.vectors(centers)
    layer.build((None, vectors.shape[1]))
    layer.set_weights([vectors])
    if keras.backend.backend() == "jax":  # where a training step hands the weights in
        return lambda labels, x, vectors: loss(labels, layer.stateless_call([vectors], [], x)[0]), [layer.vectors.value]
    return lambda labels, x, vectors: loss(labels, layer(x)), [layer.vectors.value]


def _rows(x, places):
    return ops.take(x, places, axis=0)


def _cosines(a, b):
    return ops.normalize(a, axis=1) @ ops.transpose(ops.normalize(b, axis=1))


def _distances(a, b):
    return ops.sqrt(ops.sum(ops.square(a - b), axis=1))
