"""The way over from TensorFlow Addons: its saved models open as models of semihard."""

from typing import Any

import keras

from semihard import losses

# TensorFlow Addons' class names are ours. Only its contrastive loss gave one value a pair, which Keras then reduced;
# the others gave the published scalar themselves, and their configs say reduction="none".
NAMES = (
    "ContrastiveLoss",
    "LiftedStructLoss",
    "NpairsLoss",
    "NpairsMultilabelLoss",
    "TripletHardLoss",
    "TripletSemiHardLoss",
)


def register_addons() -> None:
    """Let `keras.models.load_model` open models that were compiled with losses of TensorFlow Addons.

    Their files name the losses "Addons>TripletSemiHardLoss" and so on. After this call such a name gives the loss of
    the same name in `semihard.losses`, with the same arguments; saving the model again writes ours. To get the values
    of TensorFlow Addons in degenerate batches too, compile again with `degenerate="addons"`. To train on, compile again
    in any case (`model.compile("adam", loss=model.loss)`): Keras 3 cannot take over the state of Keras 2's optimizer.

    Example:
        >>> register_addons()
        >>> config = {"reduction": "none", "name": None, "soft": True}
        >>> keras.losses.deserialize({"class_name": "Addons>TripletHardLoss", "config": config}).soft
        True
    """
    objects = keras.saving.get_custom_objects()
    for name in NAMES:
        objects[f"Addons>{name}"] = _reader(getattr(losses, name), keeps_reduction=name == "ContrastiveLoss")


def _reader(loss: type[losses.EmbeddingLoss], keeps_reduction: bool) -> Any:
    class Reader:
        """What Keras asks for a class: the way from a config to an object."""

        @classmethod
        def from_config(cls, config: dict[str, Any]) -> losses.EmbeddingLoss:
            kept = {key: value for key, value in config.items() if key != "reduction" and value is not None}
            if keeps_reduction and config.get("reduction", "auto") != "auto":
                kept["reduction"] = config["reduction"]
            return loss.from_config(kept)

    return Reader
