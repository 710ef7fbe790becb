"""From a config as Keras 2 wrote it to one that `from_config` of Keras 3 takes, with layers where functions were."""

from pathlib import Path
from typing import Any

import keras

from semihard.migrate._functions import code_of, normalized_axis

MODELS = {"Sequential": keras.Sequential, "Functional": keras.Model, "Model": keras.Model}
_OPERATIONS = ("TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty")
# Options that only ever had one value there, and that Keras 3 does not know: (name, value) by class.
_DROPPED = {
    "DepthwiseConv2D": ("groups", 1),
    "LSTM": ("time_major", False),
    "GRU": ("time_major", False),
    "SimpleRNN": ("time_major", False),
    "RNN": ("time_major", False),
}
_NORMALIZE = ("math.l2_normalize", "nn.l2_normalize", "linalg.l2_normalize")


class Rebuild:
    """One file's config, rebuilt.

    Args:
        path: of the file, for what is said.
        given: name of a layer → the layer to take instead; those that are found are taken out.

    Attributes:
        objects: what the rebuilt config names, for `keras.saving.custom_object_scope`.
    """

    def __init__(self, path: str | Path, given: dict[str, keras.layers.Layer]) -> None:
        self.path, self.given = path, given
        self.objects: dict[str, Any] = {}

    def __call__(self, part: Any) -> Any:
        """Any part of the config; raises `ValueError` for a function that is not known."""
        if isinstance(part, list):
            return [self(each) for each in part]
        if not isinstance(part, dict):
            return part
        if "class_name" in part and isinstance(part.get("config"), dict):
            # The form of `.h5`, which Keras 3 still reads. That of `.keras` names modules of Keras 2.
            part = {key: part[key] for key in ("class_name", "config", "name", "inbound_nodes") if key in part}
            if part["class_name"] == "Lambda":
                return self.function(part)
            if part["class_name"] in _OPERATIONS:
                return self.operation(part)
            if part["class_name"] in ("Policy", "PolicyV1"):  # of mixed precision
                return part["config"]["name"]
            dropped = _DROPPED.get(part["class_name"])
            part["config"] = {key: value for key, value in part["config"].items() if (key, value) != dropped}
        part = {key: self(each) for key, each in part.items()}
        return _connected(part) if {"layers", "input_layers", "output_layers"} <= set(part) else part

    def function(self, part: dict[str, Any]) -> dict[str, Any]:
        """A Lambda layer."""
        config = part["config"]
        axis = None if config.get("arguments") else normalized_axis(config.get("function"))
        code = code_of(config.get("function"))
        return self.replaced(part, axis, f"a function that uses {', '.join(code.names)}" if code else "a function")

    def operation(self, part: dict[str, Any]) -> dict[str, Any]:
        """An operation of TensorFlow called on the tensors of a functional model, with its arguments in the call."""
        name, function, calls = part["config"]["name"], part["config"].get("function"), part.get("inbound_nodes", [])
        arguments = calls[0][3] if len(calls) == 1 and len(calls[0]) == 4 else None
        if arguments is None or any(isinstance(value, list) for value in arguments.values()):
            raise ValueError(
                f"Expected operations on one tensor, used once. Received: {function} in the layer {name!r} of "
                f"{self.path}. Build the model in code and call `model.load_weights({str(self.path)!r})`."
            )
        known = function in _NORMALIZE and set(arguments) <= {"axis", "name"}
        part = {**part, "inbound_nodes": [[[*calls[0][:3], {}]]]}
        return self.replaced(part, arguments.get("axis") if known else None, f"the operation {function}")

    def replaced(self, part: dict[str, Any], axis: Any, what: str) -> dict[str, Any]:
        """The config of the layer that stands for `what`."""
        name = part["config"]["name"]
        if name in self.given:
            layer = self.given.pop(name)
        elif type(axis) is int:
            layer = keras.layers.UnitNormalization(axis=axis, dtype=self(part["config"].get("dtype")))
        else:
            raise ValueError(
                f"Expected layers that can be rebuilt without running code of the file. Received: {name!r} in "
                f"{self.path}, {what}. Say which layer computes the same: `load_addons_model(…, layers={{{name!r}: "
                "keras.layers.UnitNormalization()})`."
            )
        kind = f"semihard>{name}"
        self.objects[kind] = _Given(layer)
        return {**part, "class_name": kind}


class _Given:
    """What Keras asks for a class, and gets a layer that is already there."""

    def __init__(self, layer: keras.layers.Layer) -> None:
        self._layer = layer

    def from_config(self, config: dict[str, Any]) -> keras.layers.Layer:
        return self._layer


def _connected(config: dict[str, Any]) -> dict[str, Any]:
    """A functional model's config with the calls of models inside of it counted as Keras 3 does.

    In Keras 2 the first call of a model is its own. Keras 3 knows that for outputs of functional models alone.
    """
    kinds = {layer["name"]: layer["class_name"] for layer in config["layers"]}

    def call(reference: list[Any], output: bool) -> list[Any]:
        name, number, *rest = reference
        counted = {"Sequential"} if output else set(MODELS)
        return [name, number - 1 if kinds.get(name) in counted and number else number, *rest]

    layers = [
        {**layer, "inbound_nodes": [[call(each, False) for each in node] for node in layer.get("inbound_nodes", [])]}
        for layer in config["layers"]
    ]
    ends = {key: [call(each, True) for each in config[key]] for key in ("input_layers", "output_layers")}
    # One tensor, not a list of one: Sequential would hand the list to the next layer.
    return {**config, "layers": layers, **{key: each[0] if len(each) == 1 else each for key, each in ends.items()}}
