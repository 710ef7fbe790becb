"""Which tests run: those on a backend, those that do without Keras, or all."""

import os
import sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

from tests.rooms import needs_keras

PARTS = ("all", "backend", "numpy")
# A module that stands in the way of Keras.
WITHOUT = Path(__file__).parent / "without_keras"


class Selection:
    """A plugin of pytest that leaves out the files of the other part.

    What imports Keras belongs to "backend", and the rest to "numpy". There Keras cannot be imported, neither by the
    tests nor by the processes that they start: what passes without it passes alike on every backend.
    """

    def __init__(self, part: str) -> None:
        if part not in PARTS:
            raise ValueError(f"Expected SEMIHARD_TESTS to be one of {', '.join(PARTS)}. Received: {part!r}.")
        self.part = part
        if part == "numpy":
            path = os.environ.get("PYTHONPATH")
            os.environ["PYTHONPATH"] = f"{WITHOUT}{os.pathsep}{path}" if path else str(WITHOUT)
            sys.meta_path.insert(0, _InTheWay())

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Of what pytest asks about, True leaves it out, and None leaves it to others to say."""
        if collection_path.suffix != ".py":
            return None
        if collection_path.parent == WITHOUT:
            return True
        return (self.part != "all" and needs_keras(collection_path) != (self.part == "backend")) or None


class _InTheWay:
    """Before all other finders: tests change `sys.path`."""

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return spec_from_file_location(name, WITHOUT / "keras.py") if name == "keras" else None
