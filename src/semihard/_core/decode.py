"""Image files: one reader for all that take them."""

import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from semihard._core.extras import pillow
from semihard._core.pillow_images import eight_bits

CHANNELS = {1: "L", 3: "RGB", 4: "RGBA"}


class CorruptImage(OSError, ValueError):
    """A file that cannot be read as an image; `reason` says why."""

    def __init__(self, path: str | os.PathLike[str], reason: str) -> None:
        super().__init__(f"Expected an image that can be read. Received: {path}: {reason}. Replace or remove the file.")
        self.path, self.reason = path, reason

    def __reduce__(self) -> Any:  # processes that decode send it home
        return type(self), (self.path, self.reason)


class MissingImage(CorruptImage, FileNotFoundError):
    """A file that is not there."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path, "no such file")

    def __reduce__(self) -> Any:
        return type(self), (self.path,)


def read_image(path: str | os.PathLike[str] | bytes, channels: int | None = None, size: int | None = None) -> Any:
    """Return the first frame of an image file as a Pillow image, upright and of 8 bits a channel (see `eight_bits`).

    Args:
        path: of the file; or what is in it, as bytes.
        channels: 1 for grey; 3 for RGB, where what is transparent shows the colour that the file has there; 4 for RGBA;
            None for grey, RGB or RGBA, as the file is.
        size: the longer side in pixels that is wanted, if a smaller picture than the file's would do.

    Raises:
        CorruptImage: the file is missing (`MissingImage`), truncated or no image, or its values have no such meaning.
        MissingPackage: Pillow is not installed.
    """
    image_module = pillow()
    try:
        with image_module.open(io.BytesIO(path) if isinstance(path, bytes) else path) as opened:
            if size is not None:
                # JPEG can be decoded at a half, a quarter or an eighth; twice the wanted size leaves filtering its due.
                # Its camera may have lain on a side.
                opened.draft(None if channels is None else CHANNELS[channels], (2 * size, 2 * size))
            image = eight_bits(opened)
            return image if channels is None else image.convert(CHANNELS[channels])
    except Exception as error:  # Pillow's readers raise what their formats' parsers raise: OSError, SyntaxError, …
        raise _corrupt("the bytes given" if isinstance(path, bytes) else path, error) from error


def image_size(path: str | os.PathLike[str] | bytes, formats: Sequence[str] | None = None) -> tuple[int, int]:
    """Return the width and height that an image file, or its bytes, state, without decoding it; raises as `read_image`.

    Args:
        path: of the file; or what is in it, as bytes.
        formats: which of Pillow's formats it may have; None for any.
    """
    image_module = pillow()
    try:
        with image_module.open(io.BytesIO(path) if isinstance(path, bytes) else path, formats=formats) as opened:
            return opened.size
    except Exception as error:
        raise _corrupt("the bytes given" if isinstance(path, bytes) else path, error) from error


def _corrupt(path: str | os.PathLike[str], error: Exception) -> CorruptImage:
    if isinstance(error, FileNotFoundError):
        return MissingImage(path)
    reason = str(error).replace(f" {str(path)!r}", "").replace(f" {Path(path)!r}", "")
    reason = re.sub(r" <_io\.BytesIO object at \w+>", "", reason)  # what Pillow calls bytes
    return CorruptImage(path, reason or type(error).__name__)
