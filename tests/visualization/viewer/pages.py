"""Pages for tests: the MNIST test digits with two maps and two epochs, and one whose every text is hostile."""

import dataclasses

import numpy as np

from semihard.datasets import mnist
from semihard.visualization import make_view

K = 15
HOSTILE = [
    "<script>window.pwned = 1</script>",
    "</script><script>window.pwned = 2</script>",
    "<img src=x onerror='window.pwned = 3'>",
    "\"'><svg onload=window.pwned=4>",
    "<!-- <script>",
    "]]>&amp;&lt;b&gt;",
    "${window.pwned = 5}`",
    "\u0645\u0631\u062d\u0628\u0627 \u202eabc\u202c \u05e9\u05dc\u05d5\u05dd",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 e\u0301 \u2028 \u2029 \x00 \x1b[31m",
    "",
    "   ",
    "x" * 5000,
    "\ud800",
    "javascript:window.pwned=6",
]


def digits_view():
    """10,000 digits of 7 × 7 grey values; the first epoch is noisier, the second map is the first one mirrored."""
    images, labels = mnist()[1]
    vectors = images.reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4), dtype=np.float32).reshape(-1, 49) / 255
    noisy = vectors + np.random.default_rng(0).normal(size=vectors.shape, scale=0.3).astype(np.float32)
    metadata = {
        "label": labels,
        "ink": images.reshape(len(images), -1).mean(axis=1).astype(float),
        "name": [f"digit-{i:05}" for i in range(len(images))],
        "half": ["first" if i < 5000 else "second" for i in range(len(images))],
    }
    view = make_view(vectors, metadata, images=images, epochs={"epoch 1": noisy}, methods=["pca"], k=K, title="digits")
    frames = [dataclasses.replace(frame, maps=[*frame.maps, -frame.maps[0]]) for frame in view.frames]
    return dataclasses.replace(view, methods=["PCA", "Mirrored"], frames=frames), vectors, noisy, images, labels


def hostile_view():
    """Each hostile text as the label of three samples, in another column, as names of columns, as the title."""
    count = 3 * len(HOSTILE)
    vectors = np.random.default_rng(0).normal(size=(count, 4))
    metadata = {"label": HOSTILE * 3, HOSTILE[0]: list(reversed(HOSTILE * 3)), HOSTILE[7]: list(range(count))}
    return make_view(vectors, metadata, methods=["pca"], k=5, title=HOSTILE[1])
