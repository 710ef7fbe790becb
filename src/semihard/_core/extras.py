"""Packages that only some functions need: found out early, and said plainly."""

from importlib.util import find_spec
from typing import Any


class MissingPackage(ImportError):
    """A package that an optional feature needs is not installed; the message says what to run."""

    def __init__(self, package: str, command: str, received: object) -> None:
        super().__init__(f"Expected {package} to be installed. Received: {received}. Run: {command}", name=package)


PLOTS = 'pip install "semihard[plots]"'
CLUSTERING = 'pip install "semihard[clustering]"'
IMAGES = 'pip install "semihard[images]"'
TENSORBOARD = 'pip install "semihard[tensorboard]"'
TABLES = 'pip install "semihard[tables]"'
BACKBONES = 'pip install "semihard[backbones]"'
SERVE = 'pip install "semihard[serve]"'
EXPORT = 'pip install "semihard[export]"'
DRAWINGS = 'pip install "semihard[drawings]"'
ANN = 'pip install "semihard[ann]"'
RAY = 'pip install "semihard[ray]"'


def require(module: str, package: str, command: str) -> None:
    """Raise `MissingPackage` unless `module` can be found; does not import it.

    Example:
        >>> require("numpy", "NumPy", "pip install numpy")
    """
    if find_spec(module) is None:
        raise MissingPackage(package, command, f"no module named {module!r}")


def require_plots() -> None:
    """Raise `MissingPackage` unless matplotlib and umap-learn can be found; imports neither.

    Example:
        >>> require_plots()
    """
    for module, package in (("matplotlib", "matplotlib"), ("umap", "umap-learn")):
        require(module, package, PLOTS)


def pillow() -> Any:
    """Return the module `PIL.Image`, or raise `MissingPackage`."""
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingPackage("pillow", IMAGES, error) from error
    return Image
