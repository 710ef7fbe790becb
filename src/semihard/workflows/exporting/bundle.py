"""A bundle, opened: pictures to vectors by the model in it, with or without Keras, and its gallery."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.data.preprocessing import Preprocessing
from semihard.gallery import Gallery
from semihard.workflows.exporting._manifest import GALLERY, read_bundle_json
from semihard.workflows.exporting._runtimes import RUNTIMES, Embed, choose_runtime
from semihard.workflows.searching.run_files import PREPROCESSING


class Bundle:
    """What `semihard.export` wrote. Read one with `Bundle.open`; Keras is imported for the runtime "keras" alone.

    Attributes:
        path: of the bundle.
        runtime: what the model runs on: "onnx", "litert", "keras" or "int8".
        dim: of the vectors.
        model: hash of the model and its preprocessing, as galleries and vectors have it.
        preprocessing: makes pixels of a picture.
        gallery: what is known, or None. Its changes are kept by `gallery.save()`.
        gallery_path: its directory in the bundle, or None.
    """

    def __init__(self, path: Path, runtime: str, about: dict[str, Any], embed: Embed) -> None:
        self.path: Path = path
        self.runtime: str = runtime
        self.dim: int = int(about["dim"])
        self.model: str = str(about["model"])
        self.preprocessing: Preprocessing = Preprocessing.from_json(path / PREPROCESSING)
        self.gallery_path: Path | None = path / GALLERY if (path / GALLERY).is_dir() else None
        self.gallery: Gallery | None = None if self.gallery_path is None else Gallery.open(self.gallery_path)
        self._embed = embed

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, runtime: str | None = None) -> "Bundle":
        """Read a bundle after each of its files was compared with its SHA-256.

        Args:
            path: of its directory.
            runtime: "onnx" (needs onnxruntime), "litert" (ai-edge-litert) or "keras"; "int8" for the quantised model on
                onnxruntime. By default the first of the first three whose file and package are there.

        Raises:
            OSError: there is no bundle, or it cannot be read.
            ValueError: a file is damaged or missing, and the message names it; or there is none for this runtime.
            ImportError: the package of the runtime is not installed.

        Example:
            >>> import keras, semihard, tempfile
            >>> folder = Path(tempfile.mkdtemp())
            >>> keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]).save(folder / "model.keras")
            >>> _ = Preprocessing(8).to_json(folder / "preprocessing.json")
            >>> _ = semihard.export(folder, folder / "bundle", formats=())
            >>> bundle = Bundle.open(folder / "bundle")
            >>> bundle.runtime, bundle.dim, bundle.gallery
            ('keras', 192, None)
            >>> bundle.embed(bundle.preprocessing(np.zeros((20, 10, 3), np.uint8))[None]).shape
            (1, 192)
        """
        folder = Path(path)
        about = read_bundle_json(folder)
        chosen = choose_runtime(folder, runtime)
        return cls(folder, chosen, about, RUNTIMES[chosen].load(folder / RUNTIMES[chosen].file))

    def embed(self, pixels: Any) -> NDArray[np.float32]:
        """Return the vectors float32 [n, dim] of pixels; several threads may call it at a time.

        Args:
            pixels: uint8 or float32 [n, height, width, channels], as `preprocessing` makes each.

        Raises:
            ValueError: for pixels of another shape.
        """
        array, shape = np.asarray(pixels), self.preprocessing.shape
        if array.ndim != 4 or array.shape[1:] != shape:
            raise ValueError(
                f"Expected `pixels` to be [n, {', '.join(map(str, shape))}]. Received: shape {array.shape}. "
                "Make them with `bundle.preprocessing`, and stack them."
            )
        return self._embed(array) if len(array) else np.empty((0, self.dim), np.float32)
