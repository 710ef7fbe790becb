"""What is done to a picture before a model sees it: the same in training and wherever the model is used."""

import dataclasses
import difflib
import json
import os
from pathlib import Path
from typing import Any, Self

import numpy as np

from semihard._core import checks
from semihard._core.decode import CHANNELS, CorruptImage
from semihard._core.extras import pillow
from semihard._core.files import whole_file
from semihard._core.images import as_bytes, checked_images
from semihard._core.pillow_images import eight_bits

FITS = ("stretch", "crop", "pad")
# Keras's words for how many channels a picture has.
COLOR_MODES = {"grayscale": 1, "rgb": 3, "rgba": 4}
# What pixels from 0 to 255 are divided by, and what is taken off then.
SCALINGS: dict[str, tuple[float, float] | None] = {"none": None, "unit": (255.0, 0.0), "symmetric": (127.5, 1.0)}
VERSION = 1


@dataclasses.dataclass(frozen=True)
class Preprocessing:
    """Turns a picture into the array that a model takes, bit for bit as `ImageFiles` reads it in training.

    Needs Pillow and NumPy, not Keras. `semihard.train` writes it beside the model, as `preprocessing.json`.

    Args:
        size: (height, width) in pixels; one number for a square.
        color_mode: "rgb", "grayscale" or "rgba", whatever the picture has; where one is transparent, "rgb" shows the
            color that its file has there.
        fit: "stretch" to the size, "crop" the middle to its shape, or "pad" with black. Resized by Pillow's bilinear
            filter.
        scaling: "none" gives uint8 from 0 to 255; "unit" float32 from 0 to 1, "symmetric" from -1 to 1.

    Raises:
        TypeError, ValueError: an option of another kind or spelling.

    Example:
        >>> preprocessing = Preprocessing((8, 6), scaling="unit")
        >>> preprocessing(np.full((20, 30, 3), 255, np.uint8))[0, 0].tolist()
        [1.0, 1.0, 1.0]
        >>> preprocessing == Preprocessing.from_json(preprocessing.to_json())
        True
    """

    size: tuple[int, int]
    color_mode: str = "rgb"
    fit: str = "stretch"
    scaling: str = "none"

    def __post_init__(self) -> None:
        size = (self.size, self.size) if hasattr(self.size, "__index__") else self.size
        if not isinstance(size, tuple | list) or len(size) != 2:
            raise TypeError(f"Expected `size` to be (height, width), or one number. Received: size={self.size!r}.")
        object.__setattr__(self, "size", tuple(checks.whole_number("size", side, 1) for side in size))
        checks.one_of("color_mode", self.color_mode, COLOR_MODES)
        checks.one_of("fit", self.fit, FITS)
        checks.one_of("scaling", self.scaling, SCALINGS)

    @property
    def channels(self) -> int:
        """1, 3 or 4."""
        return COLOR_MODES[self.color_mode]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of what a picture becomes: (height, width, channels)."""
        return *self.size, self.channels

    def __call__(self, picture: Any) -> np.ndarray[Any, Any]:
        """Return a picture as an array [height, width, channels], uint8 or float32 (see `scaling`).

        Args:
            picture: the path of a file, or its bytes, of which the first frame is read, upright; an image of Pillow; or
                an array [h, w] or [h, w, 1, 3 or 4] of uint8, or of floats from 0 to 1.

        A large JPEG is decoded at a fraction of its size, which is quicker. An array of all of its pixels, or an image
        that Pillow has loaded, then becomes another array than its file, by a few of 255.

        Raises:
            CorruptImage: (an OSError and ValueError) the file is missing, truncated, or no image.
            TypeError, ValueError: an array of another shape or dtype.
            ImportError: Pillow is not installed.
        """
        return self.scale(self._pixels(picture))

    def scale(self, pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return uint8 pixels from 0 to 255, of any shape, scaled."""
        scaling = SCALINGS[self.scaling]
        return (
            pixels if scaling is None else pixels.astype(np.float32) / np.float32(scaling[0]) - np.float32(scaling[1])
        )

    def _pixels(self, picture: Any) -> np.ndarray[Any, Any]:
        image_module = pillow()
        from semihard.data._decode import decode, fitted

        if isinstance(picture, bytearray | memoryview):
            picture = bytes(picture)
        if isinstance(picture, image_module.Image):
            picture = _contents(picture) or picture
        if isinstance(picture, str | os.PathLike | bytes):
            return decode(picture, self.size, self.channels, self.fit)
        try:
            if not isinstance(picture, image_module.Image):
                if not hasattr(picture, "shape"):
                    raise TypeError(
                        "Expected a picture: a path, bytes, an image of Pillow, or an array. "
                        f"Received: {type(picture).__name__}."
                    )
                picture = image_module.fromarray(as_bytes(checked_images(picture[None]))[0])
            return fitted(eight_bits(picture).convert(CHANNELS[self.channels]), self.size, self.channels, self.fit)
        except OSError as error:  # the file behind Pillow's image is broken
            raise CorruptImage("the image given", str(error)) from error

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return it as JSON, and write that to `path` if there is one."""
        own = {"version": VERSION, **dataclasses.asdict(self), "resample": "bilinear"}
        text = json.dumps({**own, "size": list(self.size)}, indent=2) + "\n"
        if path is not None:
            with whole_file(path) as file:
                file.write(text)
        return text

    @classmethod
    def from_json(cls, source: str | os.PathLike[str]) -> Self:
        """Return what `to_json` wrote.

        Args:
            source: the path of the file, or the text itself, which begins with "{".

        Raises:
            OSError: the file cannot be read.
            ValueError: it holds something else, or is of a later version.
        """
        given = isinstance(source, str) and source.lstrip().startswith("{")
        name = "the text" if given else os.fspath(source)
        try:
            found = json.loads(str(source) if given else Path(source).read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"Expected {name} to be JSON of a Preprocessing. Received: {error}.") from error
        if not isinstance(found, dict) or "version" not in found:
            raise ValueError(f"Expected {name} to be JSON of a Preprocessing, with a version. Received: none.")
        version, resample = found.pop("version"), found.pop("resample", "bilinear")
        if version != VERSION or resample != "bilinear":
            raise ValueError(
                f"Expected {name} to be of version {VERSION}, bilinear. Received: version {version!r}, {resample!r}. "
                "Read it with the semihard that wrote it, or a later one."
            )
        names = [field.name for field in dataclasses.fields(cls)]
        for key in found:
            if key not in names:
                near = difflib.get_close_matches(key, names, 1)
                raise ValueError(
                    f"Expected {name} to hold {', '.join(names)}. Received: {key!r}."
                    + (f" Did you mean {near[0]!r}?" if near else "")
                )
        if "size" not in found:
            raise ValueError(f"Expected {name} to hold a size. Received: none.")
        return cls(**found)


def _contents(image: Any) -> bytes | None:
    """The bytes of the JPEG file that an image of Pillow stands for, if its pixels were not read yet."""
    file = getattr(image, "fp", None)
    if image.format not in ("JPEG", "MPO") or file is None or file.closed or not getattr(image, "tile", None):
        return None
    place = file.tell()
    try:
        file.seek(0)
        return bytes(file.read())
    finally:
        file.seek(place)
