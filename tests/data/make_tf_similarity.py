"""Made `tf_similarity.npz` and `.json`, in an environment with tensorflow_similarity 0.17.1 on TensorFlow 2.15.

python tests/data/make_tf_similarity.py
"""

import json
from pathlib import Path

import numpy as np

# Its options, ours, and the classes of both: rows of the table in docs/migration.md.
SEMI = {"positives": "hardest"}
HARD = {"negatives": "hardest"}
CASES = [
    ("TripletLoss", {}, "TripletLoss", {"margin": "soft", "distance_metric": "angular", **SEMI}),
    ("TripletLoss", {"margin": 0.1}, "TripletLoss", {"margin": 0.1, "distance_metric": "angular", **SEMI}),
    (
        "TripletLoss",
        {"margin": 0.5, "negative_mining_strategy": "hard"},
        "TripletLoss",
        {"margin": 0.5, "distance_metric": "angular", **SEMI, **HARD},
    ),
    (
        "TripletLoss",
        {"margin": 0.5, "positive_mining_strategy": "easy", "negative_mining_strategy": "hard"},
        "TripletLoss",
        {"margin": 0.5, "distance_metric": "angular", "positives": "easiest", **HARD},
    ),
    (
        "TripletLoss",
        {"margin": 1.0, "distance": "euclidean"},
        "TripletLoss",
        {"margin": 1.0, "distance_metric": "L2", **SEMI},
    ),
    (
        "TripletLoss",
        {"margin": 1.0, "distance": "squared_euclidean"},
        "TripletLoss",
        {"margin": 1.0, "distance_metric": "squared-L2", **SEMI},
    ),
    ("MultiSimilarityLoss", {}, "MultiSimilarityLoss", {"beta": 40.0}),
    (
        "MultiSimilarityLoss",
        {"alpha": 1.0, "beta": 20, "epsilon": 0.3, "lmda": 0.7},
        "MultiSimilarityLoss",
        {"alpha": 1.0, "beta": 20.0, "epsilon": 0.3, "base": 0.7},
    ),
]


def main() -> None:
    """Ask each loss for its value and gradient on a batch, and on another against a memory of the first."""
    import tensorflow as tf
    from tensorflow_similarity import losses

    rng = np.random.default_rng(9)
    centres = rng.normal(size=(4, 6))
    labels = np.arange(12) % 4
    arrays, listed = {}, []
    for batch in ("first", "second"):
        x = centres[labels] + 0.8 * rng.normal(size=(12, 6))
        arrays[f"x {batch}"] = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
        arrays[f"y {batch}"] = labels.astype(np.int32)
        labels = rng.permutation(labels)
    for theirs, options, ours, arguments in CASES:
        for memory in (False, True):
            loss = getattr(losses, theirs)(**options)
            if memory:
                loss = losses.XBM(loss, memory_size=24)
                loss(arrays["y first"], tf.constant(arrays["x first"]))
            x = tf.constant(arrays["x second"])
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = loss(arrays["y second"], x)
            arrays[f"gradient {len(listed)}"] = tape.gradient(value, x).numpy()
            listed.append({"loss": ours, "options": arguments, "memory": memory, "value": float(value)})
    folder = Path(__file__).parent
    np.savez_compressed(folder / "tf_similarity.npz", **arrays)
    (folder / "tf_similarity.json").write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
