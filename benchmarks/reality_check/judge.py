"""How well a trained head, or what was not trained, finds images of classes that it never saw."""

import json
from pathlib import Path

import numpy as np

from semihard import evaluation

FLOORS = {
    "pixels": "raw pixels",
    "mobilenet_v2": "MobileNetV2, frozen",
    "efficientnet_lite0": "EfficientNet-Lite0, frozen",
}
FIGURES = ("map_at_r", "recall_at_1")


class Judge:
    """The images of one part of the classes, searched among themselves: by cosine, pixels by Euclidean distance."""

    def __init__(self, folder: Path, copies: int, steps: int):
        self.steps = steps
        self.folder, self.features = folder, folder / f"head_{copies}.npy"
        with np.load(folder / "images.npz") as drawn:
            self.labels = drawn["labels"]

    def read(self, seed: int) -> None:
        """Go on with another seed."""
        self.plan = self.folder / f"plan_{seed}_{self.steps}.npz"
        with np.load(self.plan) as planned:
            self.places = {part: planned[part] for part in ("validation", "test")}

    def of_head(self, weights: Path, part: str) -> dict[str, float] | None:
        """Figures of a trained head, or None if embeddings are not finite."""
        head, places = np.load(weights), self.places[part]
        features = np.load(self.features, mmap_mode="r")[0][places]
        return self._figures(features @ head[:-1] + head[-1], places)

    def floor(self, name: str, seed: int) -> dict[str, float]:
        """Figures of features without training, or of pixels."""
        self.read(seed)
        path = self.folder / f"floor_{name}_{seed}.json"
        if not path.exists():
            places = self.places["test"]
            rows = np.load(self.folder / f"{name}.npy", mmap_mode="r")[places].astype("float32")
            path.write_text(json.dumps(self._figures(rows, places, unit=name != "pixels")), "utf-8")
        return json.loads(path.read_text("utf-8"))

    def _figures(self, rows: np.ndarray, places: np.ndarray, unit: bool = True) -> dict[str, float] | None:
        if not np.isfinite(rows).all():
            return None
        if unit:
            rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        found = evaluation.evaluate(rows, self.labels[places], ks=[1], resamples=0).figures
        return {figure: found[figure].value for figure in FIGURES}
