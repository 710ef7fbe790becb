"""The model that is trained, and the one that is kept."""

import dataclasses
from pathlib import Path
from typing import Any

import keras

from semihard.layers import CosineClassifier
from semihard.models import PRETRAINED
from semihard.workflows._saved_model import load_saved
from semihard.workflows.training import _backbones
from semihard.workflows.training.options import OF_CLASSES, TrainingOptions

# What follows the features, by name.
HEAD = ("normalized", "embedding", "unit_length")
SCALES = {"none": None, "unit": (1 / 255, 0.0), "symmetric": (1 / 127.5, -1.0)}


@dataclasses.dataclass(frozen=True)
class Models:
    """Attributes:
    encoder: pixels [batch, height, width, channels] from 0 to 255 → embeddings [batch, dim] of unit length.
    trained: what `fit` trains, of the same layers: gives the embeddings, or their cosines to classes.
    backbone: the part of the encoder that can be frozen.
    pretrained: whether it came with weights.
    """

    encoder: keras.Model
    trained: keras.Model
    backbone: keras.Model
    pretrained: bool

    def freeze(self, frozen: bool) -> None:
        """Let the backbone learn or not.

        One with weights keeps its batch normalization as it is: those means were learned from more than a batch, and
        its other weights with them.
        """
        self.backbone.trainable = not frozen
        if self.pretrained:
            for layer in self.backbone._flatten_layers():
                if isinstance(layer, keras.layers.BatchNormalization):
                    layer.trainable = False


def build(options: TrainingOptions, shape: tuple[int, int, int], classes: int) -> Models:
    """Return untrained models of resolved options for pictures of this shape.

    Raises:
        OSError, ValueError: a backbone that is not there, or does not take such pictures, or weights of another model.
    """
    layers = keras.layers
    backbone = _backbone(options, shape)
    inputs = keras.Input(shape, name="pixels")
    features = backbone(_scaled(options, inputs))
    if len(features.shape) == 4:
        features = layers.GlobalAveragePooling2D()(features)
    if len(features.shape) != 2 or features.shape[-1] is None:
        raise ValueError(
            f"Expected a backbone that gives features [batch, dim] or [batch, h, w, dim]. "
            f"Received: {tuple(features.shape)} of {options.backbone}."
        )
    # Those of several stages differ in scale. A run has some hundred steps: Keras's momentum is for more.
    normalize = layers.BatchNormalization(center=False, scale=False, momentum=0.9, dtype="float32", name="normalized")
    normalized = normalize(features) if options.features == "stages" else features
    embedding = layers.Dense(options.embedding, dtype="float32", name="embedding")(normalized)
    unit = layers.UnitNormalization(dtype="float32", name="unit_length")(embedding)
    encoder = keras.Model(inputs, unit, name="encoder")
    if options.weights is not None:
        _take_weights(encoder, options.weights)
    # Another model in each case: what is compiled is saved with its loss and optimizer.
    of_classes = options.loss in OF_CLASSES
    outputs = CosineClassifier(classes, dims=options.sizes, name="classes")(unit) if of_classes else unit
    trained = keras.Model(inputs, outputs, name="trained")
    return Models(encoder, trained, backbone, _backbones.is_pretrained(options))


def at_features(models: Models) -> tuple[keras.Model, Models]:
    """Return the models cut in two, of the same layers: pixels → features [batch, dim], and what takes these."""
    named = {one.name: one for one in models.trained.layers}
    head = [named[name] for name in HEAD if name in named]
    extractor = keras.Model(models.encoder.input, head[0].input, name="features")
    features = unit = keras.Input(head[0].input.shape[1:], name="features")
    for layer in head:
        unit = layer(unit)
    outputs = named["classes"](unit) if "classes" in named else unit
    encoder = keras.Model(features, unit, name="head")
    return extractor, dataclasses.replace(
        models, encoder=encoder, trained=keras.Model(features, outputs, name="trained")
    )


def _backbone(options: TrainingOptions, shape: tuple[int, int, int]) -> keras.Model:
    if options.backbone == _backbones.SMALL:
        return _backbones.small(shape)
    if not options.backbone.endswith(".keras"):
        return _backbones.application(
            options.backbone, shape, options.backbone_weights or "imagenet", options.features or "last"
        )
    model = _backbones.from_file(options.backbone)
    wanted = model.input_shape[1:]
    if any(side is not None and side != own for side, own in zip(wanted, shape, strict=True)):
        raise ValueError(
            f"Expected pictures {tuple(wanted)} for {options.backbone}. Received: {shape}, by the options `size` and "
            "`color_mode`. Change them."
        )
    return model


def _scaled(options: TrainingOptions, inputs: Any) -> Any:
    if options.scaling is None:
        return _backbones.scaled_for(options.backbone, inputs)
    scale = SCALES[options.scaling]
    if scale is not None and options.backbone in PRETRAINED:
        raise ValueError(
            f"Expected no `scaling` with backbone={options.backbone!r}, which scales pixels itself. "
            f"Received: scaling={options.scaling!r}. Leave it out."
        )
    return inputs if scale is None else keras.layers.Rescaling(*scale, name="scaling")(inputs)


def _take_weights(encoder: keras.Model, path: str) -> None:
    file = Path(path) / "model.keras" if Path(path).is_dir() else Path(path)
    if not file.is_file():
        raise FileNotFoundError(
            f"Expected `weights` to be a finished run, or the model.keras of one. Received: {path}, which has none."
        )
    other = load_saved(file).get_weights()
    if [one.shape for one in other] != [one.shape for one in encoder.get_weights()]:
        raise ValueError(
            f"Expected `weights` of a model as this one. Received: {file}, with weights of other shapes. Give the same "
            "`backbone`, `embedding` and `color_mode` as that run had, in its config.toml."
        )
    encoder.set_weights(other)
