"""Galleries of either store, for tests of what they have in common."""

import itertools
import sys
import tempfile
from pathlib import Path

import pytest

from semihard.gallery import LanceGallery, PgGallery
from tests.postgres import server

NEEDS = {"lance": ("lancedb", "lance"), "pg": ("psycopg", "pgvector")}
numbers = itertools.count()


class Store:
    """Makes galleries, and opens them again as another program would."""

    def __init__(self, kind: str) -> None:
        module, extra = NEEDS[kind]
        pytest.importorskip(module, reason=f'Run: pip install "semihard[{extra}]"')
        self.kind, self._galleries = kind, []
        self._folder = tempfile.TemporaryDirectory() if kind == "lance" else None

    def place(self) -> tuple[str, ...]:
        """Where no gallery is yet."""
        name = f"gallery {next(numbers)}"
        return (str(Path(self._folder.name) / name),) if self._folder else (server(), name)

    def create(self, *items, **options):
        return self._kept(self.door.create(*self.place(), *items, **options))

    def again(self, gallery):
        where = (gallery._path,) if self.kind == "lance" else (server(), gallery._name)
        return self._kept(self.door.open(*where))

    @property
    def door(self):
        return LanceGallery if self.kind == "lance" else PgGallery

    def missing(self, monkeypatch) -> None:
        """As where its package is not installed."""
        for name in [
            NEEDS[self.kind][0],
            *(name for name in sys.modules if name.startswith(NEEDS[self.kind][0] + ".")),
        ]:
            monkeypatch.setitem(sys.modules, name, None)

    def end(self) -> None:
        for gallery in self._galleries if self.kind == "pg" else ():
            gallery.close()
        if self._folder:
            self._folder.cleanup()

    def _kept(self, gallery):
        self._galleries.append(gallery)
        return gallery
