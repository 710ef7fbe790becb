"""Made `addons_models/`, in an environment with tensorflow-addons 0.23.0 and TensorFlow 2.15: see README.md.

python tests/data/make_addons_models.py
"""

import json
from pathlib import Path


def main() -> None:
    """Compile a small model with each loss, save it, and note what the loss says of a batch."""
    import numpy as np
    import tensorflow as tf
    import tensorflow_addons as tfa

    losses = {
        "TripletSemiHardLoss": tfa.losses.TripletSemiHardLoss(0.7, "angular"),
        "TripletHardLoss": tfa.losses.TripletHardLoss(soft=True),
        "LiftedStructLoss": tfa.losses.LiftedStructLoss(0.5),
        "NpairsLoss": tfa.losses.NpairsLoss(),
        "NpairsMultilabelLoss": tfa.losses.NpairsMultilabelLoss(),
        "ContrastiveLoss": tfa.losses.ContrastiveLoss(0.3),
    }
    folder = Path(__file__).parent / "addons_models"
    x = np.random.default_rng(0).random((6, 4), np.float32)
    expected = {}
    for name, loss in losses.items():
        tf.keras.utils.set_random_seed(0)
        width = {"NpairsLoss": 6, "NpairsMultilabelLoss": 6, "ContrastiveLoss": 1}.get(name, 3)
        model = tf.keras.Sequential([tf.keras.layers.Dense(width, input_shape=(4,))])
        model.compile("adam", loss=loss)
        model.save(folder / f"{name}.h5")
        y = [[1, 0], [1, 1], [0, 1], [0, 1], [1, 1], [1, 0]] if "Multilabel" in name else [0, 0, 1, 1, 0, 1]
        labels = np.array(y)[:, None] if name == "ContrastiveLoss" else np.array(y)
        # The multilabel loss takes sparse labels only.
        given = tf.sparse.from_dense(labels) if "Multilabel" in name else labels
        expected[name] = {"y": labels.tolist(), "loss": float(loss(given, model.predict(x, verbose=0)))}
    (folder / "expected.json").write_text(json.dumps({"x": x.tolist(), "losses": expected}, indent=1) + "\n")


if __name__ == "__main__":
    main()
