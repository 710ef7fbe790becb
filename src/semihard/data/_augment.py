"""Random changes of samples that depend on nothing but the sample's place in the plan."""

import hashlib
import itertools
import threading
from typing import Any

import keras
import numpy as np

Array = np.ndarray[Any, Any]

# Layers that draw numbers of its own for each sample of a batch, and change it by nothing else (the test looks): they
# change many samples at a time. Others may make one choice for all that they are given together.
_OF_ITS_OWN = {
    getattr(keras.layers, name)
    for name in (
        *("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomShear", "RandomPerspective"),
        *("RandomBrightness", "RandomContrast", "RandomColorDegeneration", "RandomColorJitter", "RandomErasing"),
        *("RandomGrayscale", "RandomHue", "RandomInvert", "RandomSaturation", "RandomSharpness"),
        *("AutoContrast", "CenterCrop", "Rescaling", "Resizing"),
    )
    if hasattr(keras.layers, name)  # the earliest Keras 3 had few of them
}
_MIXING = tuple(getattr(keras.layers, name) for name in ("MixUp", "CutMix") if hasattr(keras.layers, name))
_SEVERAL = tuple(getattr(keras.layers, name) for name in ("Pipeline",) if hasattr(keras.layers, name))
# Samples given to such a layer at a time. All of them share one seed and differ by their place among these, so that a
# shard of a plan, which draws for all of them, pays for few that are not its own.
TOGETHER = 32


class Augment:
    """Applies a Keras layer with random numbers that the sample's place decides.

    So augmentation is the same in whichever worker and order batches are made, and after a restart. Each sample is
    changed by itself: layers that would make one choice for a batch (`RandomCrop`) make one for each sample.

    Args:
        layer: any layer whose randomness comes from Keras's seed generators, as in every layer of Keras. A
            `keras.Sequential` is taken apart.
        seed: of all random numbers.
        name: of the input that it changes; None if there is one only. Other inputs get other random numbers.
    """

    def __init__(self, layer: keras.layers.Layer, seed: int, name: Any = None) -> None:
        if not isinstance(layer, keras.layers.Layer):
            raise TypeError(
                f"Expected `augment` to be a Keras layer, such as keras.layers.RandomFlip or a keras.Sequential of "
                f"several. Received: {type(layer).__name__}."
            )
        self.layer, self._salt = layer, repr((seed, *(() if name is None else (name,)))).encode()
        layers = _taken_apart(layer)
        for one in layers:
            if isinstance(one, _MIXING):
                raise ValueError(
                    f"Expected `augment` to change each sample by itself. Received: {type(one).__name__}, which mixes "
                    "samples and needs mixed labels, for which metric learning has no loss. Leave it out."
                )
        # Of neighbours that work on many samples one group; every other layer is a group by itself.
        kinds = itertools.groupby(enumerate(layers), lambda pair: -1 if type(pair[1]) in _OF_ITS_OWN else pair[0])
        self._groups = [(kind == -1, [one for _, one in pairs]) for kind, pairs in kinds]
        self._building = threading.Lock()

    def __call__(self, samples: Any, epoch: int, step: int, first: int, whole: int) -> Array:
        """Samples [k, …], in places `first`, `first` + 1, … of a batch of `whole` → changed samples float32 [k, …]."""
        # Whole numbers would wrap where a layer goes beyond their range, and TensorFlow does not mix them with floats.
        x = np.asarray(samples, "float32")
        with self._building:  # once, by the first thread; outside of a scope, in which no variable can be made
            if not self.layer.built:
                self.layer(x[:1], training=True)
        for number, (together, layers) in enumerate(self._groups):
            place = (epoch, step, number)
            if together:
                x = self._together(layers, x, place, first, whole)
            elif _crops(layers[0], x):
                x = self._windows(layers[0], x, place, first)
            else:
                x = np.concatenate([self._call(layers, one[None], *place, at) for at, one in enumerate(x, first)])
        return x

    def _together(self, layers: list[Any], x: Array, place: tuple[int, ...], first: int, whole: int) -> Array:
        changed = []
        for start in range(first - first % TOGETHER, first + len(x), TOGETHER):
            stop = min(start + TOGETHER, whole)
            begin, end = max(start, first), min(stop, first + len(x))
            given = x[begin - first : end - first]
            if len(given) < stop - start:
                # Samples of other shards take part as nought: their numbers are drawn with those of the shard's own.
                given = np.zeros((stop - start, *x.shape[1:]), x.dtype)
                given[begin - start : end - start] = x[begin - first : end - first]
            changed.append(self._call(layers, given, *place, start)[begin - start : end - start])
        return changed[0] if len(changed) == 1 else np.concatenate(changed)

    def _windows(self, layer: Any, x: Array, place: tuple[int, ...], first: int) -> Array:
        """`RandomCrop` by another way: it has one window for all, and a call of it for each sample costs the most."""
        high, wide = (1, 2) if layer.data_format == "channels_last" else (2, 3)
        cut = []
        for at, one in enumerate(x, first):
            rng = np.random.default_rng(self._seed(*place, at))
            for axis, size in ((high, layer.height), (wide, layer.width)):
                begin = int(rng.integers(one.shape[axis - 1] - size + 1))
                one = one.take(range(begin, begin + size), axis - 1)
            cut.append(one)
        return np.stack(cut)

    def _call(self, layers: list[Any], x: Array, *place: int) -> Array:
        states = [one for layer in layers for one in layer.variables if one.name == "seed_generator_state"]
        # Positive in the signed integers that PyTorch has.
        seeds = [
            (state, keras.ops.convert_to_tensor(self._seed(*place, number) >> 1, state.dtype))
            for number, state in enumerate(states)
        ]
        changed: Any = x
        # A scope belongs to its thread: layers in other threads see their own random numbers.
        with keras.StatelessScope(state_mapping=seeds):
            for layer in layers:
                changed = layer(changed, training=True)
        return np.asarray(keras.ops.convert_to_numpy(changed), "float32")

    def _seed(self, *place: int) -> Array:
        numbers = np.array(place, "<u8").tobytes()
        return np.frombuffer(hashlib.blake2b(self._salt + numbers, digest_size=8).digest(), "<u4")


def _taken_apart(layer: Any) -> list[Any]:
    if type(layer) is keras.Sequential or type(layer) in _SEVERAL:
        return [one for inner in layer.layers for one in _taken_apart(inner)]
    return [layer]


def _crops(layer: Any, x: Array) -> bool:
    """Whether it is a `RandomCrop` that has a choice; else it resizes."""
    if type(layer) is not keras.layers.RandomCrop or x.ndim != 4:
        return False
    high, wide = x.shape[1:3] if layer.data_format == "channels_last" else x.shape[2:]
    return bool(high > layer.height and wide > layer.width)
