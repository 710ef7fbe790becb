"""What turns a picture into features: a net of ours, one of `semihard.models` or `keras.applications`, or a file's."""

import contextlib
import difflib
import functools
import io
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from semihard.models import PRETRAINED, pretrained_backbone
from semihard.workflows._saved_model import load_saved
from semihard.workflows.training.options import TrainingOptions

SMALL = "small"
FILTERS = (32, 64, 128, 256)


def is_pretrained(options: TrainingOptions) -> bool:
    """Whether the backbone brings weights."""
    return options.backbone != SMALL and options.backbone_weights != "none"


def small(shape: tuple[int, ...]) -> keras.Model:
    """Return a small convolutional net: pictures [batch, *shape] of any scale → features [batch, 256].

    Example:
        >>> small((24, 20, 3)).output_shape
        (None, 256)
    """
    layers = keras.layers
    x = inputs = keras.Input(shape)
    for place, filters in enumerate(FILTERS):
        x = layers.Conv2D(filters, 3, strides=1 if place else 2, padding="same", use_bias=False)(x)
        # A run has some hundred steps: Keras's 0.99 would remember the first of them.
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.Activation("relu")(x)
        x = layers.MaxPooling2D(2, padding="same")(x)
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(x), name=SMALL)


def application_named(name: str) -> Any:
    """Return the function of `keras.applications` of this name, in any case, or of ours; else raise `ValueError`."""
    if name in PRETRAINED:
        return functools.partial(pretrained_backbone, name)
    names = [one for one in dir(keras.applications) if one[0].isupper() and callable(getattr(keras.applications, one))]
    found = next((one for one in names if one.lower() == name.lower()), None)
    if found is None:
        ours = (SMALL, *PRETRAINED)
        near = difflib.get_close_matches(name, [*names, *ours], 3, 0.5)
        raise ValueError(
            f"Expected `backbone` to be {', '.join(map(repr, ours))}, the name of a model of "
            f"keras.applications, or a path that ends in .keras. Received: {name!r}."
            + (f" Did you mean {' or '.join(near)}?" if near else "")
        )
    return getattr(keras.applications, found)


def application(name: str, shape: tuple[int, ...], weights: str, features: str = "last") -> keras.Model:
    """Return a model by its name: pictures [batch, *shape], scaled as it wants → features [batch, dim].

    Args:
        weights: "none"; "imagenet", from Keras's cache or an installed package, nothing is downloaded; or the path of a
            file.
        features: as in `semihard.models.pretrained_backbone`, of which it must be one unless it is "last".
    """
    build = application_named(name)
    if name in PRETRAINED:
        return build(shape, weights=None if weights == "none" else weights, features=features)
    given = None if weights == "none" else weights
    if given not in (None, "imagenet") and not Path(given or "").is_file():
        raise FileNotFoundError(f"Expected a file of weights for {name}. Received: {given}, which is not there.")
    with _no_download() as asked:
        try:
            return build(include_top=False, weights=given, input_shape=shape, pooling="avg")
        except Exception as error:  # what Keras raises where a file cannot be had is a plain Exception
            if asked:
                raise ValueError(
                    f"Expected the ImageNet weights of {name} in Keras's cache, since nothing is downloaded. Received: "
                    f"no {asked[0]} in {os.environ.get('KERAS_HOME', '~/.keras')}/models. Put it there, give a file as "
                    "`backbone_weights`, or begin with random weights: backbone_weights='none'."
                ) from error
            raise ValueError(
                f"Expected {name} to take pictures {shape} and weights {weights!r}. Received: {_first(error)}"
            ) from error


def scaled_for(name: str, inputs: Any) -> Any:
    """Pixels from 0 to 255 as a model of `keras.applications` was trained on them; ours scale them themselves."""
    if name in PRETRAINED:
        return inputs
    module = application_named(name).__module__.split(".")[-1]
    return getattr(keras.applications, module).preprocess_input(inputs)


def from_file(path: str) -> keras.Model:
    """Return the model in a .keras file, without what it was compiled with.

    Raises:
        OSError, ValueError: there is none, it is broken, or it holds code, as a Lambda layer does, which is never run.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"Expected a .keras file as `backbone`. Received: {path}, which is not there.")
    model = load_saved(path)
    if len(model.input_shape) != 4:
        raise ValueError(f"Expected {path} to take pictures [batch, h, w, c]. Received: {model.input_shape}.")
    return model


def size_of_file(path: str) -> tuple[int, int] | None:
    """The size of pictures that the model in a file takes, if it takes one only."""
    _, height, width, _ = from_file(path).input_shape
    return None if height is None or width is None else (int(height), int(width))


@contextlib.contextmanager
def _no_download() -> Iterator[list[str]]:
    """While the block runs nothing is fetched; yields the names of files that somebody wanted to."""
    asked: list[str] = []

    class Refuse(urllib.request.BaseHandler):
        handler_order = 0

        def default_open(self, request: Any) -> Any:
            asked.append(request.full_url.rsplit("/", 1)[-1])
            raise urllib.error.URLError("semihard downloads nothing")

    before = urllib.request._opener  # type: ignore[attr-defined]
    urllib.request.install_opener(urllib.request.build_opener(Refuse()))
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # "Downloading data from"
            yield asked
    finally:
        urllib.request.install_opener(before)


def _first(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0] if lines[0].endswith(".") else lines[0] + "."
