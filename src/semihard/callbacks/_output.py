"""Which of the things that a model computes is its embedding."""

from collections.abc import Callable
from typing import Any, TypeAlias

import keras

from semihard.backend import Tensor
from semihard.callbacks._forward import Call, Reader
from semihard.layers import CosineClassifier

Output: TypeAlias = str | int | keras.layers.Layer | None


def checked_output(output: Any) -> Output:
    """Return `output` if it is of a kind that callbacks take; raise `TypeError` otherwise."""
    if isinstance(output, bool) or not isinstance(output, str | int | keras.layers.Layer | None):
        raise TypeError(
            "Expected `output` to be the name or number of an output, the name of a layer, a layer or a model. "
            f"Received: {output!r} ({type(output).__name__})."
        )
    return output


def reader_of(model: Any, output: Output, x: Any, say: Callable[[str], None]) -> Callable[[Any], Any]:
    """Return a function of batches that gives their embeddings as NumPy.

    Args:
        model: what is trained.
        output: what to read of it; None for what it gives, or the input of a `CosineClassifier` that it ends with.
        x: a batch, which says whether a model that is part of `model` is to be read there or applied by itself.
        say: is told what was chosen where nothing was; once or many times.
    """
    parts = list({id(layer): layer for layer in model._flatten_layers(include_self=False)}.values())
    if output is None:
        classifiers = [layer for layer in parts if isinstance(layer, CosineClassifier)]
        if not classifiers:
            return lambda batch: _only(model, model.predict_on_batch(batch))
        return Reader(model, classifiers, lambda outputs, calls: _automatic(model, outputs, calls, say)).read
    if isinstance(output, int):
        return Reader(model, (), lambda outputs, _: _numbered(model, outputs, output)).read
    if isinstance(output, str):
        named = [layer for layer in parts if layer.name == output]
        return Reader(model, named, lambda outputs, calls: _named(model, outputs, calls, output, named)).read
    reader = Reader(model, [output], lambda _, calls: _only_call(output, calls).outputs)
    if isinstance(output, keras.Model):
        return reader.read if any(part is output for part in parts) and _works(reader, x) else output.predict_on_batch
    if not any(part is output for part in parts):
        raise ValueError(
            f"Expected `output` to be a layer of the model {model.name!r}. Received: the layer {output.name!r}, which "
            "is not in it. Take it from the model that is trained, or give a model."
        )
    return reader.read


def _works(reader: Reader, x: Any) -> bool:
    """Whether the model takes such a batch, and passes what is read once."""
    try:
        reader.read(x)
    except Exception:  # a model without `call`, or with two inputs of the kind that a part of it takes
        return False
    return True


def _outputs(model: Any, outputs: Any) -> dict[str, Tensor]:
    """A model's outputs by name, in their order; by number where they have no names."""
    if isinstance(outputs, dict):
        return dict(outputs)
    listed = list(outputs) if isinstance(outputs, tuple | list) else [outputs]
    names = getattr(model, "output_names", None) or []
    return dict(zip(names if len(set(names)) == len(listed) else map(str, range(len(listed))), listed, strict=True))


def _listed(found: dict[str, Tensor]) -> str:
    return ", ".join(f"{name!r} {_shape(tensor)}" for name, tensor in found.items())


def _only(model: Any, outputs: Any) -> Tensor:
    found = _outputs(model, outputs)
    if len(found) > 1:
        raise ValueError(
            f"Expected a model with one output, or to be told which is the embedding. Received {len(found)}: "
            f"{_listed(found)}. Give its name or number as `output`."
        )
    return next(iter(found.values()))


def _numbered(model: Any, outputs: Any, number: int) -> Tensor:
    found = _outputs(model, outputs)
    if not -len(found) <= number < len(found):
        raise ValueError(f"Expected `output` to be the number of one of {len(found)} outputs. Received: {number}.")
    return list(found.values())[number]


def _named(model: Any, outputs: Any, calls: list[Call], name: str, layers: list[Any]) -> Tensor:
    found = _outputs(model, outputs)
    if name in found:
        return found[name]
    if not layers:
        known = ", ".join(repr(layer.name) for layer in model.layers)
        raise ValueError(
            f"Expected `output` to be the name of an output or a layer of the model {model.name!r}. Received: "
            f"{name!r}. It has the outputs {_listed(found)} and the layers {known}."
        )
    if len(layers) > 1:
        raise ValueError(
            f"Expected `output` to name one layer. Received: {name!r}, the name of {len(layers)}. "
            "Give the layer itself."
        )
    return _only_call(layers[0], calls).outputs


def _only_call(layer: Any, calls: list[Call]) -> Call:
    if len(calls) != 1:
        raise ValueError(
            f"Expected a layer that the model applies once where it embeds. Received: {layer.name!r}, which it applies "
            f"{len(calls)} times. Choose another `output`, or give a model that embeds."
        )
    return calls[0]


def _automatic(model: Any, outputs: Any, calls: list[Call], say: Callable[[str], None]) -> Tensor:
    """The embedding of a model with `CosineClassifier`s, which is surely not their cosines."""
    found = _outputs(model, outputs)
    cosines = {name for name, tensor in found.items() if any(tensor is call.outputs for call in calls)}
    if len(found) == 1:
        (tensor,) = found.values()
        if cosines:
            (call,) = [call for call in calls if call.outputs is tensor]
            what = f"the input of the CosineClassifier {call.layer.name!r}, {_shape(call.inputs)}, for the embedding"
            say(f"{what}, not the class cosines that the model gives")
            return call.inputs
        derived = tensor.shape[-1] in {call.outputs.shape[-1] for call in calls}
        if not derived or any(tensor is call.inputs for call in calls):
            return tensor
    else:
        inputs = [name for name, tensor in found.items() if any(tensor is call.inputs for call in calls)]
        likely = inputs or [name for name in found if name not in cosines]
        if cosines and len(likely) == 1:
            say(f"the output {likely[0]!r}, {_shape(found[likely[0]])}, for the embedding")
            return found[likely[0]]
    raise ValueError(
        f"Expected to find the embedding of the model {model.name!r}, which has a CosineClassifier. Its outputs are "
        f"{_listed(found)}, and none of them is surely it. Give `output`: the name of an output or a layer, or a model."
    )


def _shape(tensor: Tensor) -> str:
    return f"[batch, {', '.join(map(str, tensor.shape[1:]))}]"
