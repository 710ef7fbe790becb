"""A gallery takes the place of another: what a reader finds meanwhile, where that is one step, and where it is two."""

import threading
from pathlib import Path

import numpy as np
import pytest

from semihard._core.runs.exchange import exchange
from semihard.gallery import Gallery, _versions
from semihard.gallery._versions import read_folder
from semihard.workflows.searching import _replace

WITH, WITHOUT = pytest.param(True, id="exchange"), pytest.param(False, id="two names")


@pytest.fixture
def ways(request, monkeypatch, tmp_path):
    """Whether the system can exchange, as it is or as if it could not."""
    if not request.param:
        monkeypatch.setattr(_replace, "exchange", lambda one, other: False)
        return
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    if not exchange(tmp_path / "a", tmp_path / "b"):
        pytest.skip("This system cannot exchange two directories in one step.")


def gallery_of(count: int, path: Path) -> Path:
    """`count` items, whose vectors and labels all say how many."""
    Gallery.create(np.full((count, 16), float(count)), [f"{count}"] * count).save(path)
    return path


def new(count: int, target: Path) -> Path:
    (folder := target.with_name(target.name + ".unfinished")).mkdir(exist_ok=True)
    return gallery_of(count, folder / "gallery")


@pytest.mark.parametrize("ways", [WITH, WITHOUT], indirect=True)
def test_readers_find_a_whole_gallery_while_others_take_its_place(tmp_path, ways):
    target = gallery_of(1, tmp_path / "gallery")
    wrong, seen, done = [], set(), threading.Event()

    def read():
        while not done.is_set():
            try:
                found = Gallery.open(target)
                seen.add(len(found))
                if not (found.vectors == len(found)).all() or set(found.labels) != {f"{len(found)}"}:
                    wrong.append((len(found), found.vectors[:, 0], found.labels))
            except Exception as error:
                wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for count in range(2, 60):
        _replace.replace_gallery(target, new(count, target))
    done.set()
    for reader in readers:
        reader.join(30)
    assert not wrong
    assert len(seen) > 3


@pytest.mark.parametrize("ways", [WITH], indirect=True)
def test_a_path_is_never_without_a_gallery_where_directories_are_exchanged(tmp_path, ways):
    """For those, too, who do not look again."""
    target = gallery_of(1, tmp_path / "gallery")

    def write():
        for count in range(2, 60):
            _replace.replace_gallery(target, new(count, target))

    writer, seen = threading.Thread(target=write), set()
    writer.start()
    while writer.is_alive():
        seen.add(target.stat().st_mtime_ns)
    assert len(seen) > 3


@pytest.mark.parametrize("ways", [WITH, WITHOUT], indirect=True)
@pytest.mark.parametrize("file", ["items.json", "vectors.npy"])
def test_a_gallery_that_comes_while_one_is_read_is_read_anew(tmp_path, monkeypatch, ways, file):
    """The second is of the same version, 1: after the first file, or when only the last is left to be read."""
    target, calls = gallery_of(3, tmp_path / "gallery"), []
    real = {"items.json": _versions.check_described, "vectors.npy": np.load}[file]

    def late(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 1:
            _replace.replace_gallery(target, new(5, target))
        return real(*arguments, **options)

    if file == "items.json":
        monkeypatch.setattr(_versions, "check_described", late)
    else:
        monkeypatch.setattr(_versions.np, "load", late)
    found = Gallery.open(target)
    assert (len(found), set(found.labels), found.vectors.max()) == (5, {"5"}, 5.0)
    assert len(calls) > 1


@pytest.mark.parametrize("ways", [WITH, WITHOUT], indirect=True)
def test_the_files_of_others_stay(tmp_path, ways):
    target = gallery_of(2, tmp_path / "gallery")
    (target / "notes.txt").write_text("mine")
    _replace.replace_gallery(target, new(4, target))
    assert sorted(path.name for path in target.iterdir()) == ["notes.txt", "version-1"]
    assert read_folder(target / "version-1")[0].header["items"] == 4
    assert not list(target.with_name("gallery.unfinished").iterdir())
