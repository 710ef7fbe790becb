"""Made `addons_models/tutorial/` and `addons_models/values.json`, with tensorflow-addons 0.23.0 on TensorFlow 2.15.

See README.md.

python tests/data/make_addons_files.py
"""

import base64
import json
import linecache
import marshal
import shutil
import sys
import zipfile
from pathlib import Path

FOLDER = Path(__file__).parent / "addons_models"
LABELS = [0, 0, 1, 1, 2, 2, 0, 1]


def main() -> None:
    """Save the tutorial's model, small, as every kind of file, and a model of nested parts with its own operations."""
    import h5py
    import numpy as np
    import tensorflow as tf
    import tensorflow_addons as tfa

    layers, out = tf.keras.layers, FOLDER / "tutorial"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    x = np.random.default_rng(0).random((8, 8, 8, 1), np.float32)

    # As in a notebook, where `tf` is a global: Keras 2 cannot save a function that carries a module along. And so that
    # no path of this machine is in the files.
    scope = {"tf": tf, "tfa": tfa}
    normalise = in_a_notebook("lambda x: tf.math.l2_normalize(x, axis=1)", scope)
    pull = in_a_notebook("lambda y_true, y_pred: tfa.losses.triplet_semihard_loss(y_true, y_pred, margin=0.5)", scope)
    products = in_a_notebook("lambda x: tf.matmul(x, x, transpose_b=True)", scope)

    def tutorial() -> tf.keras.Model:
        tf.keras.utils.set_random_seed(0)
        return tf.keras.Sequential(
            [
                layers.Conv2D(3, 2, padding="same", activation="relu", input_shape=(8, 8, 1)),
                layers.MaxPooling2D(2),
                layers.Dropout(0.3),
                layers.Conv2D(2, 2, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
                layers.Dropout(0.3),
                layers.Flatten(),
                layers.Dense(4, activation=None),
                layers.Lambda(normalise),
            ]
        )

    model = tutorial()
    model.compile(tf.keras.optimizers.Adam(0.001), loss=tfa.losses.TripletSemiHardLoss(0.7))
    model.fit(x, np.array(LABELS), epochs=3, verbose=0)
    trained = model.get_weights()
    model.compile(tf.keras.optimizers.Adam(0.001), loss=tfa.losses.TripletSemiHardLoss(0.7))
    model.save(out / "model.h5")
    model.save(out / "model.keras")
    model.save_weights(out / "only.h5")
    model.save_weights(out / "only.weights.h5")
    plain = tutorial()  # not compiled, for smaller files
    plain.set_weights(trained)
    plain.save_weights(out / "checkpoint" / "only.ckpt")
    plain.save(out / "saved_model", save_format="tf")
    reader = tf.train.load_checkpoint(str(out / "checkpoint" / "only.ckpt"))
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("layer_with_weights-")]
    np.savez(out / "checkpoint.npz", **{name: reader.get_tensor(name) for name in names})
    np.save(out / "embeddings.npy", model.predict(x, verbose=0))

    def closure(margin: float):
        def loss(y_true, y_pred):
            return tfa.losses.triplet_semihard_loss(y_true, y_pred, margin=margin)

        return loss

    configs = {"h5": {}, "keras": {}}
    for name, loss in {
        "class": tfa.losses.TripletHardLoss(margin=0.5, soft=True),
        "function": tfa.losses.triplet_hard_loss,
        "string": "Addons>triplet_hard_loss",
        "closure": closure(0.5),
        "lambda": pull,
        "callable distance": tfa.losses.TripletSemiHardLoss(distance_metric=products),
        "other": "mse",
    }.items():
        model.compile("sgd", loss=loss)
        for kind, found in configs.items():
            found[name] = training_config(model, out / f"scratch.{kind}", h5py)
    model.compile(tfa.optimizers.AdamW(1e-4), loss=tfa.losses.TripletHardLoss())
    configs["h5"]["optimizer of Addons"] = training_config(model, out / "scratch.h5", h5py)
    (out / "training_configs.json").write_text(json.dumps(configs, indent=1) + "\n")

    inner_input = tf.keras.Input((8, 8, 1))
    features = layers.BatchNormalization()(layers.Conv2D(2, 2, use_bias=False)(inner_input))
    inner = tf.keras.Model(inner_input, layers.GlobalAveragePooling2D()(features), name="inner")
    outer_input = tf.keras.Input((8, 8, 1))
    outer = tf.keras.Model(outer_input, tf.math.l2_normalize(layers.Dense(3)(inner(outer_input)), axis=1))
    outer.compile("sgd", "mse")
    outer.fit(x, np.ones((8, 3)), epochs=3, verbose=0)  # moves the statistics of BatchNormalization
    outer.save_weights(out / "nested" / "only.ckpt")
    outer.save_weights(out / "nested.weights.h5")
    outer.save(out / "nested.h5", include_optimizer=False)
    outer.save(out / "nested.keras")
    np.save(out / "nested.npy", outer.predict(x, verbose=0))
    lambdas()
    values(tf, tfa, np)


def in_a_notebook(source: str, scope: dict):
    """A function whose source can be looked up, without a file."""
    name = f"<notebook {len(linecache.cache)}>"
    linecache.cache[name] = (len(source), None, [source], name)
    return eval(compile(source, name, "eval"), scope)


def training_config(model, path: Path, h5py) -> dict:
    """What Keras 2 writes about how the model was compiled."""
    model.save(path)
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            found = json.loads(file.attrs["training_config"])
    else:
        with zipfile.ZipFile(path) as archive:
            found = json.loads(archive.read("config.json"))["compile_config"]
    path.unlink()
    return found


def lambdas() -> None:
    """Add functions as this Python's Keras 2 writes them. The entries of 3.10 are from a Python 3.10.2 (Pyodide)."""
    path = FOLDER / "lambdas.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    version = ".".join(map(str, sys.version_info[:2]))
    found[version] = {
        source: base64.b64encode(marshal.dumps(eval(source).__code__)).decode()
        for source in (
            "lambda x: tf.math.l2_normalize(x, axis=1)",
            "lambda x: tf.nn.l2_normalize(x, axis=-1)",
            "lambda t: K.l2_normalize(t, axis=1)",
            "lambda x: tf.keras.backend.l2_normalize(x, axis=1)",
            "lambda x: tf.math.l2_normalize(x, 1)",
            "lambda x: K.l2_normalize(x, 1)",
            "lambda x: tf.math.l2_normalize(x)",
            "lambda x: 2 * tf.math.l2_normalize(x, axis=1)",
            "lambda x: -tf.math.l2_normalize(x, axis=1)",
            "lambda x: x * tf.math.l2_normalize(x, axis=1)",
            "lambda x: tf.math.l2_normalize(x, axis=1, epsilon=1e-3)",
            "lambda x: tf.math.l2_normalize(x, axis=None)",
            "lambda x: tf.math.l2_normalize(x, axis=True)",
            "lambda x: os.system(x, axis=1)",
            "lambda x: (lambda y: tf.math.l2_normalize(y, axis=1))(x)",
            "lambda x, y=2: tf.math.l2_normalize(x, axis=1)",
        )
    }
    path.write_text(json.dumps(found, indent=1) + "\n")


def values(tf, tfa, np) -> None:
    """Note what the losses say with `reduction`, and of half precision."""
    x = np.random.default_rng(1).random((len(LABELS), 3), np.float32)
    y = np.array(LABELS)
    found = {"x": x.tolist(), "y": LABELS, "reduction": {}, "half": {}}
    for name in ("TripletSemiHardLoss", "TripletHardLoss", "LiftedStructLoss"):
        make = getattr(tfa.losses, name)
        asked = make(reduction=tf.keras.losses.Reduction.SUM)
        found["reduction"][name] = {
            "default": float(make()(y, x)),
            "sum": float(asked(y, x)),
            "config": asked.get_config(),
        }
        found["half"][name] = {}
        for dtype in ("float16", "bfloat16"):
            value = make()(y, tf.cast(x, dtype))
            assert value.dtype == dtype
            found["half"][name][dtype] = float(value)
    distances = x[:, 0]
    same = np.array([1, 0, 0, 1, 1, 0, 1, 0])
    found["pairs"] = {"distances": distances.tolist(), "same": same.tolist()}
    for reduction in ("sum", "sum_over_batch_size", "none", "auto"):
        loss = tfa.losses.ContrastiveLoss(reduction=reduction)
        found["pairs"][reduction] = {"value": loss(same, distances).numpy().tolist(), "config": loss.get_config()}
    (FOLDER / "values.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
