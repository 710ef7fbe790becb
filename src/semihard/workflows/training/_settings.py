"""What is computed as the options say, and what they say where the data need not be asked."""

import contextlib
import dataclasses
from collections.abc import Iterator
from importlib.util import find_spec

import keras

from semihard.models import PRETRAINED
from semihard.workflows._job import computing_in, computing_on
from semihard.workflows.training import _backbones
from semihard.workflows.training.kinds import ALL
from semihard.workflows.training.options import LOSSES, TrainingOptions

SIZE = (96, 96)


@contextlib.contextmanager
def settings(options: TrainingOptions) -> Iterator[TrainingOptions]:
    """Have Keras compute as the options say; yield them with all that the data need not decide."""
    backend = keras.backend.backend()
    if options.backend not in (None, backend):
        raise ValueError(
            f"Expected Keras to run on {options.backend}, as the option `backend` says. Received: {backend}. "
            f"Set KERAS_BACKEND={options.backend} before Python starts."
        )
    with computing_in(options.precision), computing_on(options.device):
        yield _resolved(options, backend)


def _resolved(options: TrainingOptions, backend: str) -> TrainingOptions:
    own = options.backbone == _backbones.SMALL
    file = options.backbone.endswith(".keras")
    if not own and not file:
        _backbones.application_named(options.backbone)
    if options.backbone_weights is not None and (own or file):
        raise ValueError(
            "Expected `backbone_weights` with a model of keras.applications only. Received: it with "
            f"backbone={options.backbone!r}. Leave it out."
        )
    weights = options.backbone_weights if own or file else options.backbone_weights or "imagenet"
    size = options.size or (_backbones.size_of_file(options.backbone) if file else None) or SIZE
    scaling = options.scaling or ("unit" if own else "none" if file else None)
    ours = options.backbone in PRETRAINED
    features = options.features or ("stages" if ours else "last")
    if features == "stages" and not ours:
        raise ValueError(
            f"Expected features='stages' with backbone {' or '.join(map(repr, PRETRAINED))}, whose stages are known. "
            f"Received: it with backbone={options.backbone!r}. Leave it out."
        )
    options = dataclasses.replace(
        options, backbone_weights=weights, features=features, size=size, scaling=scaling, backend=backend
    )
    freeze = options.freeze_epochs
    if freeze == ALL and not _backbones.is_pretrained(options) and options.weights is None:
        raise ValueError(
            f"Expected freeze_epochs={ALL!r} with a backbone that has weights, since it never learns. Received: it "
            f"with backbone={options.backbone!r} of random weights. Name one with weights, as 'efficientnet_lite0', or "
            "the run that they come from (weights)."
        )
    if freeze is None:
        freeze = max(options.epochs // 4, 1) if _backbones.is_pretrained(options) else 0
    return dataclasses.replace(
        options,
        freeze_epochs=freeze,
        mining=options.mining or ("semi_hard" if options.loss == "triplet" else None),
        margin=options.margin or LOSSES[options.loss],
        map=options.map or ("umap" if find_spec("umap") else "pca" if find_spec("sklearn") else "none"),
    )
