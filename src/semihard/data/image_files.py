"""Images that stay in their files until a batch needs them."""

import copy
import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core import checks
from semihard._core.decode import CHANNELS, CorruptImage
from semihard._core.extras import IMAGES, MissingPackage
from semihard.data._listing import listing
from semihard.data.preprocessing import COLOR_MODES, FITS, Preprocessing

try:
    from semihard.data._decode import decode
except ImportError as error:
    raise MissingPackage("pillow", IMAGES, error) from error

CORRUPT = ("error", "skip", "unchecked")


class ImageFiles:
    """The images of a folder or a table, decoded and resized when they are asked for: `images[indices]`.

    To be given to `BalancedBatches` or `InOrder`, whose workers then decode: threads do so side by side. As an array,
    in `np.asarray(images)` or `model.predict(images)`, all are decoded into memory; `InOrder` holds a few batches.

    Args:
        path: a folder that has a sub-folder of images for each class (PNG, JPEG, WebP, GIF, BMP, TIFF), or a CSV, TSV
            or Parquet file with columns `path` and `label`; relative paths begin at the table's folder. In a folder,
            names that begin with a dot or that systems leave behind (`__MACOSX`) are left out, and links are followed.
        size: (height, width) in pixels.
        channels: 1 grey; 3 RGB, where what is transparent shows the colour that its file has there; 4 RGB and alpha.
            The first frame is read, upright. 16 bits a channel become their upper 8; floats count from 0 to 1, or from
            0 to 255 where one is above 1; 32-bit integers from 0 to 255. Other values make a file corrupt.
        fit: "stretch" to the size, "crop" the middle to its shape, or "pad" with black.
        corrupt: what to do with files that cannot be read. "error" and "skip" decode every file once, here: "error"
            lists those that fail, "skip" leaves them out with a warning. "unchecked" does not look; a corrupt file
            then raises when its batch is made.
        progress: called with (files checked, all files) while they are checked.

    Attributes:
        paths, labels: of each image; `BatchPlan(images.labels, …)`.
        shape, dtype: of all images as an array: (n, height, width, channels), uint8.
        skipped: path → reason, of the files left out.
        split: what the column `split` of a table holds for each image; None where there is no such column.
        preprocessing: what is done to each picture, for where the model is used.

    Raises:
        FileNotFoundError: there is nothing at `path`.
        ValueError: no images, a table without these columns, a wrong option, or corrupt files (the first ten named).
        ImportError: Pillow is not installed, or pyarrow for a Parquet file.

    Example:
        >>> import tempfile, pathlib
        >>> from PIL import Image
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> for name in ("cat", "dog"):
        ...     (folder / name).mkdir()
        ...     Image.new("RGB", (40, 30)).save(folder / name / "1.png")
        >>> images = ImageFiles(folder, (16, 16))
        >>> images.labels, images[[0, 1]].shape, images[0].dtype
        (['cat', 'dog'], (2, 16, 16, 3), dtype('uint8'))
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        size: tuple[int, int],
        *,
        channels: int = 3,
        fit: str = "stretch",
        corrupt: str = "error",
        progress: Callable[[int, int], object] | None = None,
    ) -> None:
        if not isinstance(size, tuple | list) or len(size) != 2:
            raise TypeError(f"Expected `size` to be (height, width). Received: size={size!r}.")
        self.size: tuple[int, int] = (
            checks.whole_number("size", size[0], 1),
            checks.whole_number("size", size[1], 1),
        )
        self.channels: int = checks.one_of("channels", channels, CHANNELS)
        self.fit: str = checks.one_of("fit", fit, FITS)
        checks.one_of("corrupt", corrupt, CORRUPT)
        self.paths: list[Path]
        self.labels: list[Any]
        self.split: list[Any] | None
        self.paths, self.labels, self.split = listing(path, "path", "label", optional="split")
        self.skipped: dict[Path, str] = {}
        if corrupt != "unchecked":
            self.skipped = dict(self._corrupt(progress))
        if self.skipped:
            few = "; ".join(f"{file} ({reason})" for file, reason in list(self.skipped.items())[:10])
            said = f"{len(self.skipped)} of {len(self.paths)} images in {path} cannot be read: {few}"
            said += f"; and {len(self.skipped) - 10} more." if len(self.skipped) > 10 else "."
            if corrupt == "error":
                raise ValueError(f"{said} Replace them, or leave them out with corrupt='skip'.")
            warnings.warn(f"{said} They are left out.", stacklevel=2)
            left = [i for i, file in enumerate(self.paths) if file not in self.skipped]
            if not left:
                raise ValueError(f"Expected images that can be read. {said}")
            self._choose(left)

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return len(self), *self.size, self.channels

    @property
    def preprocessing(self) -> Preprocessing:
        modes = {channels: mode for mode, channels in COLOR_MODES.items()}
        return Preprocessing(self.size, modes[self.channels], self.fit)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.uint8)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if copy is False:
            raise ValueError("Expected a copy to be welcome, since the images are in files. Received: copy=False.")
        images = np.empty(self.shape, self.dtype)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for place, image in enumerate(pool.map(self._one, self.paths)):
                images[place] = image
        return images if dtype is None else images.astype(dtype, copy=False)

    def __getitem__(self, indices: Any) -> np.ndarray[Any, Any]:
        """Images uint8 [k, height, width, channels] for indices [k] or a slice; [height, width, channels] for one."""
        if isinstance(indices, slice):
            indices = np.arange(*indices.indices(len(self)))
        indices = np.asarray(indices)
        if indices.ndim == 0:
            return self._one(self.paths[int(indices)])
        images = np.empty((len(indices), *self.size, self.channels), np.uint8)
        for place, index in enumerate(indices):
            images[place] = self._one(self.paths[int(index)])
        return images

    def subset(self, indices: Any) -> "ImageFiles":
        """The images at these indices [k], as those of a split, without reading them."""
        chosen = copy.copy(self)
        chosen._choose(indices)
        return chosen

    def _choose(self, indices: Any) -> None:
        self.paths, self.labels = [self.paths[i] for i in indices], [self.labels[i] for i in indices]
        self.split = None if self.split is None else [self.split[i] for i in indices]

    def _one(self, path: Path) -> np.ndarray[Any, Any]:
        return decode(path, self.size, self.channels, self.fit)

    def _corrupt(self, progress: Callable[[int, int], object] | None) -> Iterator[tuple[Path, str]]:
        def reason(path: Path) -> str | None:
            try:
                self._one(path)
            except CorruptImage as error:
                return error.reason
            return None

        with ThreadPoolExecutor(os.cpu_count()) as pool:  # Pillow decodes outside of Python's lock
            for done, (path, found) in enumerate(zip(self.paths, pool.map(reason, self.paths), strict=True), 1):
                if progress is not None:
                    progress(done, len(self.paths))
                if found is not None:
                    yield path, found
