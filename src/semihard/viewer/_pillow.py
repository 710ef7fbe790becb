"""Pillow, which only pages with pictures need."""

from typing import Any

from semihard._extras import IMAGES, MissingPackage


def pillow() -> Any:
    """Return the module `PIL.Image`, or raise `MissingPackage`."""
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingPackage("pillow", IMAGES, error) from error
    return Image
