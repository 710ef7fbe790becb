"""Worker: makes the images and the model, and embeds them by one engine or the other."""

import time
from pathlib import Path

import keras
import numpy as np
from PIL import Image, ImageFilter

import semihard
from benchmarks.harness.clock import Peak
from benchmarks.harness.serve import serve
from semihard.data import Preprocessing


def make(folder, images, size):
    """Smooth noise, so that a file has about the bytes of a photograph's; and a model."""
    rng = np.random.default_rng(0)
    (Path(folder) / "photos").mkdir()
    for number in range(images):
        pixels = rng.integers(256, size=(480, 640, 3), dtype=np.uint8)
        picture = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(2))
        picture.save(Path(folder) / "photos" / f"{number:06}.jpg", quality=90)
    keras.utils.set_random_seed(0)
    run = Path(folder) / "run"
    run.mkdir()
    inputs = keras.Input((size, size, 3))
    net = keras.applications.MobileNetV2((size, size, 3), include_top=False, weights=None, pooling="avg")
    keras.Model(inputs, net(keras.layers.Rescaling(1 / 127.5, -1)(inputs))).save(run / "model.keras")
    Preprocessing(size).to_json(run / "preprocessing.json")


def embed(folder, workers, shard):
    """Embed with so many workers of Ray, or in this process if there are none.

    Returns:
        Seconds, in all and until the first shard was done; images of that; peak memory of this process; whether the
        files are those of one process, which comes first.
    """
    out, first = Path(folder) / f"out{workers}", []
    start = time.perf_counter()

    def told(done, _):
        if done >= shard and not first:
            first.append((time.perf_counter() - start, done))

    options = {"engine": "ray", "workers": workers} if workers else {}
    with Peak() as peak:
        semihard.embed(Path(folder) / "run", Path(folder) / "photos", out, shard=shard, progress=told, **options)
    plain = Path(folder) / "out0"
    return {
        "seconds": peak.seconds,
        "until": first[0][0],
        "first": first[0][1],
        "peak": peak.megabytes,
        "same": all(file.read_bytes() == (plain / file.name).read_bytes() for file in out.iterdir()),
    }


if __name__ == "__main__":
    serve({"make": make, "embed": embed})
