"""Nets of inverted residual blocks: MobileNetV2 and EfficientNet-Lite0, and what PyTorch calls their weights."""

import dataclasses
import functools
import math
import random
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

STEM, HEAD = 32, 1280
# Of kernels, which are all given values later. Random ones cost half a minute on JAX, a program for each shape, and
# would cost it again whenever the model is loaded.
BLANK = "zeros"
# Name of one of our layers → the prefix of its tensors in the file.
Prefixes = dict[str, str]


@dataclasses.dataclass(frozen=True)
class Stage:
    """Blocks that follow each other, of which the first has the stride: 1 or 2."""

    expansion: int
    kernel: int
    channels: int
    blocks: int
    stride: int


@dataclasses.dataclass(frozen=True)
class Architecture:
    """What such nets differ in.

    Attributes:
        same_padding: how a convolution with stride 2 is padded: TensorFlow's way, where an even side has a row of zeros
            behind it; else PyTorch's, with as many on both sides.
        epsilon, momentum: of batch normalization.
        scale, offset: per channel, red first: pixel · scale + offset is what the weights were trained on, for pixels
            from 0 to 255.
        size: (height, width) in pixels of the pictures that they were trained on.
    """

    name: str
    stages: tuple[Stage, ...]
    same_padding: bool
    epsilon: float
    momentum: float
    scale: tuple[float, float, float]
    offset: tuple[float, float, float]
    size: tuple[int, int] = (224, 224)


MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pixels from 0 to 1

MOBILENET_V2 = Architecture(
    "mobilenet_v2",
    (
        Stage(1, 3, 16, 1, 1),
        Stage(6, 3, 24, 2, 2),
        Stage(6, 3, 32, 3, 2),
        Stage(6, 3, 64, 4, 2),
        Stage(6, 3, 96, 3, 1),
        Stage(6, 3, 160, 3, 2),
        Stage(6, 3, 320, 1, 1),
    ),
    same_padding=False,
    epsilon=1e-5,
    momentum=0.9,
    scale=tuple(1 / (255 * one) for one in DEVIATION),  # type: ignore[arg-type]
    offset=tuple(-mean / one for mean, one in zip(MEAN, DEVIATION, strict=True)),  # type: ignore[arg-type]
)
EFFICIENTNET_LITE0 = Architecture(
    "efficientnet_lite0",
    (
        Stage(1, 3, 16, 1, 1),
        Stage(6, 3, 24, 2, 2),
        Stage(6, 5, 40, 2, 2),
        Stage(6, 3, 80, 3, 2),
        Stage(6, 5, 112, 3, 1),
        Stage(6, 5, 192, 4, 2),
        Stage(6, 3, 320, 1, 1),
    ),
    same_padding=True,
    epsilon=1e-3,
    momentum=0.99,
    scale=(1 / 128,) * 3,
    offset=(-127 / 128,) * 3,
)


def build(
    architecture: Architecture,
    shape: tuple[int | None, int | None, int],
    size: tuple[int, int] | None = None,
    tensors: Mapping[str, np.ndarray[Any, Any]] | None = None,
    of_stages: bool = False,
) -> keras.Model:
    """Return the net: pixels from 0 to 255, [batch, *shape] → features [batch, 1280], or of all stages.

    Args:
        size: (height, width) that pictures are resized to inside of the model; None leaves them as they are.
        tensors: weights by the names that they have in PyTorch; None makes random ones.
        of_stages: whether the features are what each stage gives, averaged over the picture: as many as the stages have
            channels together. The head is left out.

    Raises:
        ValueError: a tensor is missing, has another shape, or is one that such a net has not.
    """
    convolution = functools.partial(_convolution, architecture)
    layers = keras.layers
    x = inputs = keras.Input(shape, name="pixels")
    if size is not None:
        x = layers.Resizing(*size, data_format="channels_last", dtype="float32", name="size")(x)
    x = layers.Rescaling(list(architecture.scale), list(architecture.offset), dtype="float32", name="scaling")(x)
    x = convolution(x, "stem", STEM, 3, 2)
    number, stages = 0, []
    for stage in architecture.stages:
        for place in range(stage.blocks):
            x = _block(convolution, x, f"block_{number}", stage, stage.stride if place == 0 else 1)
            number += 1
        stages.append(x)
    x = convolution(x, "head", HEAD, 1)
    x = layers.GlobalAveragePooling2D(data_format="channels_last", name="features")(x)
    model = keras.Model(inputs, x, name=architecture.name)
    if tensors is None:
        _randomize(model)
    else:
        _take_weights(model, architecture, tensors)
    if not of_stages:
        return model
    means = [
        layers.GlobalAveragePooling2D(data_format="channels_last", name=f"stage_{number}")(stage)
        for number, stage in enumerate(stages)
    ]
    return keras.Model(inputs, layers.Concatenate(name="features")(means), name=architecture.name)


def _block(convolution: Callable[..., Any], x: Any, name: str, stage: Stage, stride: int) -> Any:
    """Widen, look around in each channel, narrow again; added to what came in where that has the same shape."""
    before, channels = x, x.shape[-1]
    if stage.expansion != 1:
        x = convolution(x, f"{name}_expand", channels * stage.expansion, 1)
    x = convolution(x, f"{name}_depthwise", None, stage.kernel, stride)
    x = convolution(x, f"{name}_project", stage.channels, 1, activated=False)
    if stride == 1 and channels == stage.channels:
        x = keras.layers.Add(name=f"{name}_add")([before, x])
    return x


def _convolution(
    architecture: Architecture,
    x: Any,
    name: str,
    channels: int | None,
    kernel: int,
    stride: int = 1,
    *,
    activated: bool = True,
) -> Any:
    """Convolution, normalization, ReLU6; each channel on its own where `channels` is None."""
    layers = keras.layers
    padding = "same"
    if stride != 1 and not architecture.same_padding:
        x = layers.ZeroPadding2D(kernel // 2, data_format="channels_last", name=f"{name}_padding")(x)
        padding = "valid"
    options = {
        "strides": stride,
        "padding": padding,
        "use_bias": False,
        "data_format": "channels_last",
        "name": f"{name}_convolution",
    }
    if channels is None:
        x = layers.DepthwiseConv2D(kernel, depthwise_initializer=BLANK, **options)(x)
    else:
        x = layers.Conv2D(channels, kernel, kernel_initializer=BLANK, **options)(x)
    x = layers.BatchNormalization(
        epsilon=architecture.epsilon, momentum=architecture.momentum, name=f"{name}_normalization"
    )(x)
    return layers.ReLU(max_value=6, name=f"{name}_relu6")(x) if activated else x


def prefixes(architecture: Architecture) -> Prefixes:
    """What the original calls our layers that have weights.

    Example:
        >>> prefixes(MOBILENET_V2)["block_0_project_normalization"], prefixes(EFFICIENTNET_LITE0)["stem_convolution"]
        ('features.1.conv.4', '_conv_stem')
    """
    expansions = [stage.expansion for stage in architecture.stages for _ in range(stage.blocks)]
    parts = [["expand"] * (expansion != 1) + ["depthwise", "project"] for expansion in expansions]
    found: Prefixes = {}
    if architecture is EFFICIENTNET_LITE0:
        found |= {"stem_convolution": "_conv_stem", "stem_normalization": "_bn0"}
        norms = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}
        for number, names in enumerate(parts):
            for part in names:
                found[f"block_{number}_{part}_convolution"] = f"_blocks.{number}._{part}_conv"
                found[f"block_{number}_{part}_normalization"] = f"_blocks.{number}.{norms[part]}"
        return found | {"head_convolution": "_conv_head", "head_normalization": "_bn1"}
    found |= {"stem_convolution": "features.0.0", "stem_normalization": "features.0.1"}
    for number, names in enumerate(parts):
        # ReLU6 has a number, too.
        for place, part in enumerate(names):
            found[f"block_{number}_{part}_convolution"] = f"features.{number + 1}.conv.{3 * place}"
            found[f"block_{number}_{part}_normalization"] = f"features.{number + 1}.conv.{3 * place + 1}"
    last = f"features.{len(parts) + 1}"
    return found | {"head_convolution": f"{last}.0", "head_normalization": f"{last}.1"}


def _take_weights(model: keras.Model, architecture: Architecture, tensors: Mapping[str, np.ndarray[Any, Any]]) -> None:
    """Give a net of this architecture the weights of PyTorch's; all is checked before the first changes."""
    wanted: list[tuple[Any, np.ndarray[Any, Any]]] = []
    # A classifier, and how many batches were seen, are left out.
    left = {name for name in tensors if not name.startswith("_fc.") and not name.endswith(".num_batches_tracked")}
    for layer, prefix in prefixes(architecture).items():
        for name, variable, axes in _variables(model.get_layer(layer), prefix):
            if name not in tensors:
                raise ValueError(f"Expected the weights of {architecture.name}. Received: none of the name {name!r}.")
            value = tensors[name].transpose(axes) if tensors[name].ndim == len(axes) else tensors[name]
            if value.shape != tuple(variable.shape):
                raise ValueError(
                    f"Expected the weights of {architecture.name}. Received: {name!r} of shape {tensors[name].shape}."
                )
            left.discard(name)
            wanted.append((variable, value))
    if left:
        raise ValueError(
            f"Expected the weights of {architecture.name} alone. Received: {min(left)!r}, too, which is of another net."
        )
    for variable, value in wanted:
        variable.assign(value)


def _randomize(model: keras.Model) -> None:
    """Random kernels, so large that signals keep their size (He et al., 2015), by the seed of `random`."""
    rng = np.random.default_rng(random.getrandbits(64))
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            shape = tuple(layer.kernel.shape)
            incoming = math.prod(shape[:2] if isinstance(layer, keras.layers.DepthwiseConv2D) else shape[:3])
            layer.kernel.assign(rng.normal(0, math.sqrt(2 / incoming), shape).astype(np.float32))


def _variables(layer: Any, prefix: str) -> list[tuple[str, Any, tuple[int, ...]]]:
    """(name in the file, our variable, which axis of the file's becomes which of ours)."""
    if isinstance(layer, keras.layers.BatchNormalization):
        return [
            (f"{prefix}.weight", layer.gamma, (0,)),
            (f"{prefix}.bias", layer.beta, (0,)),
            (f"{prefix}.running_mean", layer.moving_mean, (0,)),
            (f"{prefix}.running_var", layer.moving_variance, (0,)),
        ]
    # [out, in, h, w] → [h, w, in, out]; one input a channel: [channel, 1, h, w] → [h, w, channel, 1].
    axes = (2, 3, 0, 1) if isinstance(layer, keras.layers.DepthwiseConv2D) else (2, 3, 1, 0)
    return [(f"{prefix}.weight", layer.kernel, axes)]
