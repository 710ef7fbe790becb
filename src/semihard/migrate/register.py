"""The names under which TensorFlow Addons saved its losses, as names of ours."""

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
# Each function, and the class that gives its values.
FUNCTIONS = {
    "contrastive_loss": "ContrastiveLoss",
    "lifted_struct_loss": "LiftedStructLoss",
    "npairs_loss": "NpairsLoss",
    "npairs_multilabel_loss": "NpairsMultilabelLoss",
    "triplet_hard_loss": "TripletHardLoss",
    "triplet_semihard_loss": "TripletSemiHardLoss",
}


def register_addons() -> None:
    """Let Keras read the names of TensorFlow Addons' losses, as in `.h5` models that were compiled with them.

    Their files name the losses "Addons>TripletSemiHardLoss" and so on. After this call such a name gives the loss of
    the same name in `semihard.losses`, with the same arguments; saving the model again writes ours. The name of a
    function, "Addons>triplet_semihard_loss", gives the loss of its class, whose labels Keras does not cast. For whole
    models with a `Lambda` use `load_addons_model`.

    `reduction` in a config is kept for "Addons>ContrastiveLoss" alone. The others were a scalar in TensorFlow Addons,
    which ignored the argument and wrote "none"; here their config gives Keras's default, whose value is that scalar.

    To get the values of TensorFlow Addons in degenerate batches too, compile again with `degenerate="addons"`. To train
    on, compile again in any case (`model.compile("adam", loss=model.loss)`): Keras 3 cannot take over the state of
    Keras 2's optimizer.

    Example:
        >>> register_addons()
        >>> config = {"reduction": "none", "name": None, "soft": True}
        >>> keras.losses.deserialize({"class_name": "Addons>TripletHardLoss", "config": config}).soft
        True
    """
    objects = keras.saving.get_custom_objects()
    for name in NAMES:
        objects[f"Addons>{name}"] = _reader(getattr(losses, name), keeps_reduction=name == "ContrastiveLoss")
    for function, name in FUNCTIONS.items():
        objects[f"Addons>{function}"] = getattr(losses, name)()


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
