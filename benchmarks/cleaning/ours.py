"""Worker: MNIST's digits and changed copies of some, embedded by a model that learned from right or wrong labels."""

import io

import keras
import numpy as np
from PIL import Image

from benchmarks.cleaning.noise import noisy
from benchmarks.harness.mnist import read_mnist
from benchmarks.harness.serve import serve
from semihard.workflows.tutorial import mnist_model as recipe
from semihard.workflows.tutorial.balanced_recipe import train_balanced

LOOKED_AT, COPIES = 10_000, 1000


def changes(digits):
    """Name → digits uint8 [count, 28, 28] that are changed a little."""
    noise = 8 * np.random.default_rng(0).normal(size=digits.shape)
    pictures = [Image.fromarray(digit) for digit in digits]
    return {
        "none (an exact copy)": digits,
        "JPEG of quality 90": _compressed(pictures, 90),
        "JPEG of quality 50": _compressed(pictures, 50),
        "noise of 8 grey values": np.clip(digits + noise, 0, 255).astype("uint8"),
        "a tenth darker": (digits * 0.9).astype("uint8"),
        "turned by 5 degrees": np.stack([np.asarray(one.rotate(5, Image.Resampling.BILINEAR)) for one in pictures]),
        "moved by a pixel": np.roll(digits, 1, 2),
    }


def _compressed(pictures, quality):
    found = []
    for picture in pictures:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality)
        found.append(np.asarray(Image.open(buffer)))
    return np.stack(found)


def embed(data, to, steps, share):
    """Train; save embeddings and labels of test digits, training digits with the labels learned from, and copies."""
    keras.utils.set_random_seed(0)
    (images, labels), (test, test_labels) = read_mnist(data)
    learned = noisy(labels, share, "any", 0)
    model = recipe.build_model()
    train_balanced(model, recipe.to_input(images[..., 0]), learned, epochs=1, steps=steps, seed=0)

    def vectors(digits):
        return model.predict(recipe.to_input(digits), batch_size=250, verbose=0)

    copies = changes(test[:COPIES, ..., 0])
    np.savez(
        to,
        test=vectors(test[..., 0]),
        test_labels=test_labels,
        training=vectors(images[:LOOKED_AT, ..., 0]),
        learned=learned[:LOOKED_AT],
        right=labels[:LOOKED_AT],
        names=np.array(list(copies)),
        copies=np.stack([vectors(some) for some in copies.values()]),
    )
    return f"keras {keras.__version__} on {keras.backend.backend()}"


if __name__ == "__main__":
    serve({"embed": embed})
