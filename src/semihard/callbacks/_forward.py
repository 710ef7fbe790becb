"""A model run as `predict` runs it, for something that it computes on the way."""

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

import keras

from semihard.backend import Tensor
from semihard.layers import GradCache


class Call(NamedTuple):
    """A layer that was applied: to what, as its first argument, and what came out."""

    layer: Any
    inputs: Any
    outputs: Any


class Reader(keras.Model):
    """Runs `model` without training, and gives what `pick` chooses from its outputs and from the calls of `layers`.

    `pick` is asked where the model is traced, so it may compare tensors by identity. What it raises is kept in
    `failure`: a backend that traces would wrap it.
    """

    def __init__(self, model: Any, layers: Iterable[Any], pick: Callable[[Any, list[Call]], Tensor]) -> None:
        # The model converts its inputs itself.
        super().__init__(name="reader", dtype=model.dtype_policy, autocast=False)
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        self.model, self.built = model, True
        self.run_eagerly = model.run_eagerly
        # PyTorch's compiler does not see which tensor is which.
        self.jit_compile = model.jit_compile and keras.backend.backend() != "torch"
        self.failure: Exception | None = None
        self._recorded, self._pick = functools.partial(_recorded, tuple(layers)), pick

    def call(self, inputs: Any) -> Tensor:
        options = {"training": False} if self.model._call_has_training_arg else {}
        if not self.model.built:
            self.model(inputs, **options)  # calls its layers to build them
        with self._recorded() as calls, _whole(self.model):
            outputs = self.model(inputs, **options)
        try:
            return self._pick(outputs, calls)
        except (TypeError, ValueError) as error:
            self.failure = error
            return keras.tree.flatten(outputs)[0]

    def read(self, x: Any) -> Any:
        """What is picked for a batch, as NumPy."""
        found = self.predict_on_batch(x)
        if self.failure is not None:
            raise self.failure
        return found


@contextmanager
def _recorded(layers: Iterable[Any]) -> Iterator[list[Call]]:
    """Note the calls of layers, in their order."""
    calls: list[Call] = []

    def noting(layer: Any) -> Callable[..., Any]:
        call = layer.call

        @functools.wraps(call)
        def noted(*args: Any, **kwargs: Any) -> Any:
            outputs = call(*args, **kwargs)
            calls.append(Call(layer, args[0] if args else next(iter(kwargs.values()), None), outputs))
            return outputs

        return noted

    with _calling({layer: noting(layer) for layer in layers}):
        yield calls


def _whole(model: Any) -> AbstractContextManager[None]:
    """Let no batch be cut into pieces: what is computed inside a loop could not be taken out of it."""

    def uncut(layer: GradCache) -> Callable[..., Any]:
        return lambda inputs, training=None: layer.layer(inputs)  # `training` is known to Keras from the model's call

    return _calling({layer: uncut(layer) for layer in model._flatten_layers() if isinstance(layer, GradCache)})


@contextmanager
def _calling(functions: dict[Any, Callable[..., Any]]) -> Iterator[None]:
    """Put functions in the place of layers' `call`."""
    own = {layer: vars(layer)["call"] for layer in functions if "call" in vars(layer)}
    try:
        for layer, function in functions.items():
            vars(layer)["call"] = function
        yield
    finally:
        for layer in functions:
            del vars(layer)["call"]
        for layer, function in own.items():
            vars(layer)["call"] = function
