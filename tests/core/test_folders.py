"""Which files of a folder are samples: what a user put there, in one order, links and loops included."""

import os
import random
from pathlib import Path

import pytest

from semihard._core import folders
from semihard._core.folders import image_files


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in image_files(folder)]


def test_hidden_names_and_what_systems_leave_behind_are_no_samples(tmp_path):
    touch(tmp_path, "cat/a.png", "cat/deep/B.JPeG", "loose.tif", "cat/notes.txt", "cat/Thumbs.db", "cat/.DS_Store")
    touch(tmp_path, ".ipynb_checkpoints/a.png", "cat/.ipynb_checkpoints/a.png", "cat/._a.png", "__MACOSX/cat/a.png")
    touch(tmp_path, "cat/@eaDir/a.jpg", "$RECYCLE.BIN/a.png", "._loose.tif")
    assert names(tmp_path) == ["cat/a.png", "cat/deep/B.JPeG", "loose.tif"]


def test_the_root_may_itself_be_hidden(tmp_path, monkeypatch):
    root = touch(tmp_path / ".cache" / "__MACOSX" / ".photos", "cat/a.png")
    assert names(root) == ["cat/a.png"]
    monkeypatch.chdir(root)
    assert [path.as_posix() for path in image_files(".")] == ["cat/a.png"]


def test_the_order_is_that_of_the_letters_whatever_the_file_system_says(tmp_path, monkeypatch):
    touch(tmp_path, "b/1.png", "a/2.png", "a-b/3.png", "a/10.png", "B/0.png", "a.png")
    whole = os.scandir

    class Shuffled:
        def __init__(self, folder):
            self.entries = list(whole(folder))
            random.Random(0).shuffle(self.entries)

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(folders.os, "scandir", Shuffled)
    expected = ["B/0.png", "a/10.png", "a/2.png", "a-b/3.png", "a.png", "b/1.png"]
    assert names(tmp_path) == sorted(expected, key=lambda name: name.split("/"))


def test_links_are_followed_but_never_back(tmp_path):
    touch(tmp_path / "elsewhere", "a.png", "deep/b.png")
    root = touch(tmp_path / "root", "dog/c.png")
    (root / "cat").symlink_to(tmp_path / "elsewhere")
    (root / "dog" / "d.png").symlink_to(tmp_path / "elsewhere" / "a.png")
    (root / "dog" / "up").symlink_to(root)
    (tmp_path / "elsewhere" / "deep" / "back").symlink_to(tmp_path / "elsewhere")
    assert names(root) == ["cat/a.png", "cat/deep/b.png", "dog/c.png", "dog/d.png"]


def test_a_link_to_nothing_or_to_itself_is_a_sample_that_cannot_be_read(tmp_path):
    """It is not left out in silence: who decodes it names it."""
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    assert names(tmp_path) == ["gone.png", "self.png"]


def test_a_folder_with_the_name_of_an_image_is_a_folder(tmp_path):
    assert names(touch(tmp_path, "cat.png/a.png")) == ["cat.png/a.png"]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        image_files(tmp_path / "nowhere")
