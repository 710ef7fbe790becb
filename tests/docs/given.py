"""What each page takes for granted: the names that its readers have, and the files in their directory.

Small, so that a page takes seconds. A function makes the files in the current directory and returns the names.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import matplotlib
import numpy as np
from PIL import Image

import semihard
from semihard.data import BalancedBatches, BatchPlan
from semihard.datasets import mnist
from semihard.losses import TripletSemiHardLoss
from semihard.visualization import write_tsv
from tests.datasets import layouts
from tests.datasets.made_icons import make_icons
from tests.docs.pages import ROOT
from tests.postgres import server
from tests.workflows.searching.shapes import untrained

ADDONS = ROOT / "tests" / "fixtures" / "addons_models" / "tutorial"
Names = dict[str, Any]


def digits(n: int) -> Names:
    """Pictures [n, 28, 28, 1] from 0 to 1, and their labels."""
    (images, labels), _ = mnist()
    return {"images": images[:n, ..., None] / np.float32(255), "labels": labels[:n]}


def embeddings(n: int = 150) -> Names:
    """Digits and embeddings of them, most of which lie with their kind."""
    _, (images, labels) = mnist()
    noise = np.random.default_rng(0).normal(size=(n, 10), scale=0.4)
    vectors = (np.eye(10)[labels[:n]] + noise).astype("float32")
    return {"images": images[:n], "labels": labels[:n], "embeddings": vectors}


def encoder() -> keras.Model:
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(8), keras.layers.UnitNormalization()]
    return keras.Sequential(layers)


def trained() -> keras.Model:
    model = encoder()
    model.compile("adam", loss=TripletSemiHardLoss())
    return model


def photos(classes: int, each: int) -> None:
    """A folder `photos` with a sub-folder of small pictures a class."""
    for number in range(classes):
        folder = Path("photos") / f"class_{number:02}"
        folder.mkdir(parents=True)
        for place in range(each):
            Image.new("RGB", (12, 12), (10 * number, 40 * place, 99)).save(folder / f"{place}.png")


def run(folder: str) -> None:
    """The directory of a run."""
    have = embeddings()
    Path(folder).mkdir(exist_ok=True)
    write_tsv(have["embeddings"], have["labels"], folder)


def readme() -> Names:
    test = digits(100)
    return {**digits(96), "model": encoder(), "test_images": test["images"], "test_labels": test["labels"]}


def batches() -> Names:
    photos(classes=20, each=4)
    have, rng = digits(96), np.random.default_rng(0)
    return {**have, "model": trained(), "meta": rng.random((96, 3)), "ages": rng.integers(18, 80, 96)}


def pictures() -> Names:
    have, model = embeddings(), trained()
    return {"images": have["images"], "labels": have["labels"], "vectors": have["embeddings"], "model": model}


def large_batches() -> Names:
    older = embeddings(40)
    return {
        **embeddings(96),
        **digits(96),
        "encoder": encoder(),
        "older_labels": older["labels"],
        "older_embeddings": older["embeddings"],
    }


def datasets() -> Names:
    """Icons, fonts, and tiny copies of two sets."""
    make_icons(Path("icons"))
    shutil.copytree(Path(matplotlib.get_data_path(), "fonts", "ttf"), "fonts")
    layouts.cub(Path("CUB_200_2011"))
    layouts.market1501(Path("Market-1501-v15.09.15"))
    untrained(Path("run"))
    return {}


def losses() -> Names:
    return {**digits(64), "model": encoder(), "sources": np.arange(64) // 2}


def search() -> Names:
    """A folder of twenty classes, and photographs of one of them and of nothing in it."""
    photos(classes=20, each=6)
    shutil.copy("photos/class_03/1.png", "new.jpg")
    Image.new("RGB", (30, 20), (0, 255, 0)).save("stranger.jpg")
    Path("more").mkdir()
    shutil.copy("photos/class_05/2.png", "more/1.png")
    Path("new_classes/class_20").mkdir(parents=True)
    shutil.copy("photos/class_05/3.png", "new_classes/class_20/0.png")
    return {}


def train() -> Names:
    """The folder, and a table of it in which four classes are held out."""
    photos(classes=10, each=6)
    rows = [f"photos/class_{n:02}/{i}.png,{n},{'train' if n < 6 else 'val'}\n" for n in range(10) for i in range(6)]
    Path("table.csv").write_text("path,label,split\n" + "".join(rows))
    return {}


def training() -> Names:
    return digits(96)


def cleaning() -> Names:
    have = embeddings()
    return {**have, "parts": ["train" if place % 3 else "test" for place in range(len(have["labels"]))]}


def export() -> Names:
    """A run, the gallery of its pictures, and a photograph."""
    untrained(Path("run"))
    photos(classes=4, each=3)
    shutil.copy("photos/class_03/1.png", "photo.jpg")
    semihard.index("run", "photos", "gallery", threshold=0.5)
    return {}


def serve() -> Names:
    untrained(Path("run"))
    return search()


def evaluation() -> Names:
    have = digits(96)
    gallery = embeddings(150)
    np.save("vectors.npy", gallery["embeddings"])
    return {
        **gallery,
        "vector_labels": gallery["labels"],
        "queries": gallery["embeddings"][:5],
        "gallery": gallery["embeddings"],
        "gallery_labels": gallery["labels"],
        "model": encoder(),
        "batches": BalancedBatches(have["images"], BatchPlan(have["labels"], 4, 4)),
        "x_test": have["images"],
        "y_test": have["labels"],
        "train_labels": np.arange(5),
    }


def gallery() -> Names:
    """Fifty products in a gallery; others to calibrate on, and something new."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(120), 8)
    vectors = (rng.normal(size=(120, 16))[labels] + rng.normal(size=(960, 16), scale=0.3)).astype("float32")
    known = labels < 50
    return {
        "vectors": vectors[known],
        "labels": [f"product {label}" for label in labels[known]],
        "files": [f"{number}.jpg" for number in range(400)],
        "queries": vectors[[0, 9, 959]],
        "server": server(),
        "parts": [([f"{part}/{item}" for item in range(40)], labels[:40], vectors[:40]) for part in range(3)],
        "new_vectors": vectors[labels == 50],
        "other_vectors": vectors[labels > 50],
        "other_labels": [f"product {label}" for label in labels[labels > 50]],
    }


def view() -> Names:
    run("semihard-mnist")
    run(".")
    photos(classes=10, each=15)
    have = embeddings()
    return {**have, "authors": [f"author {number % 7}" for number in range(len(have["labels"]))]}


def projector() -> Names:
    run("RUN")
    have, test = {**embeddings(96), **digits(96)}, digits(40)
    have["names"] = [f"{number}.png" for number in range(96)]
    return {**have, "model": trained(), "x_test": test["images"], "y_test": test["labels"]}


def migration() -> Names:
    return embeddings(32)


def migration_weights() -> Names:
    """Files of Keras 2.15 and tensorflow-addons 0.23, and one with a Lambda of which nothing is known."""
    shutil.copy(ADDONS / "model.h5", "model.h5")
    shutil.copy(ADDONS / "model.h5", "scaled.h5")
    shutil.copy(ADDONS / "only.h5", "old.h5")
    for file in (ADDONS / "checkpoint").iterdir():
        shutil.copy(file, file.name)
    shutil.copytree(ADDONS / "saved_model", "saved_model")
    with h5py.File("scaled.h5", "r+") as file:
        config = json.loads(file.attrs["model_config"])
        layer = config["config"]["layers"][-1]["config"]
        layer["name"], layer["function"][0] = "lambda_1", "4wAAAA=="
        file.attrs["model_config"] = json.dumps(config)
    return {}


GIVEN: dict[str, Callable[[], Names]] = {
    "README.md": readme,
    "docs/batches.md": batches,
    "docs/class_losses.md": lambda: digits(64),
    "docs/cleaning.md": cleaning,
    "docs/datasets.md": datasets,
    "docs/evaluation.md": evaluation,
    "docs/export.md": export,
    "docs/gallery.md": gallery,
    "docs/large_batches.md": large_batches,
    "docs/losses.md": losses,
    "docs/migration-weights.md": migration_weights,
    "docs/migration.md": migration,
    "docs/pictures.md": pictures,
    "docs/projector.md": projector,
    "docs/search.md": search,
    "docs/serve.md": serve,
    "docs/train.md": train,
    "docs/training.md": training,
    "docs/view.md": view,
}
