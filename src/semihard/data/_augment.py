"""Random changes of samples that depend on nothing but the sample's place in the plan."""

import hashlib
import threading
from typing import Any

import keras
import numpy as np


class Augment:
    """Applies a Keras layer to each sample by itself, with random numbers that the sample's place decides.

    So augmentation is the same in whichever worker and order batches are made, and after a restart. By itself, since
    some layers (`RandomCrop`) make one choice for all samples that they are given together.

    Args:
        layer: any layer whose randomness comes from Keras's seed generators, as in every layer of Keras.
        seed: of all random numbers.
    """

    def __init__(self, layer: keras.layers.Layer, seed: int) -> None:
        if not isinstance(layer, keras.layers.Layer):
            raise TypeError(
                f"Expected `augment` to be a Keras layer, such as keras.layers.RandomFlip or a keras.Sequential of "
                f"several. Received: {type(layer).__name__}."
            )
        self.layer, self.seed = layer, seed
        self._building = threading.Lock()

    def __call__(self, samples: np.ndarray[Any, Any], epoch: int, step: int, first: int = 0) -> np.ndarray[Any, Any]:
        """Samples [k, …], in places `first`, `first` + 1, … of the batch at (epoch, step) → changed samples [k, …]."""
        with self._building:  # once, by the first thread; outside of a scope, in which no variable can be made
            if not self.layer.built:
                self.layer(samples[:1], training=True)
        return np.stack([self._one(sample, epoch, step, place) for place, sample in enumerate(samples, first)])

    def _one(self, sample: np.ndarray[Any, Any], *place: int) -> np.ndarray[Any, Any]:
        states = [variable for variable in self.layer.variables if variable.name == "seed_generator_state"]
        seeds = []
        for number, state in enumerate(states):
            numbers = np.array([self.seed, *place, number], "<u8").tobytes()
            digest = hashlib.blake2b(numbers, digest_size=8).digest()
            # Positive in the signed integers that PyTorch has.
            seeds.append((state, keras.ops.convert_to_tensor(np.frombuffer(digest, "<u4") >> 1, state.dtype)))
        # A scope belongs to its thread: layers in other threads see their own random numbers.
        with keras.StatelessScope(state_mapping=seeds):
            return keras.ops.convert_to_numpy(self.layer(sample[None], training=True))[0]
