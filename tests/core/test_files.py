"""A file is whole or absent: success, exceptions, Ctrl-C, a full disk, permissions, links."""

import errno
import os
from pathlib import Path

import pytest

from semihard._core.files import whole_file, whole_path


def names(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir())


def test_text_is_utf8_with_lf_on_every_system(tmp_path):
    with whole_file(tmp_path / "a.txt") as handle:
        handle.write("é\nü\ud800\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa9\n\xc3\xbc?\n"
    assert names(tmp_path) == ["a.txt"]


def test_bytes(tmp_path):
    with whole_file(tmp_path / "a.bin", "wb") as handle:
        handle.write(b"\r\n\x00")
    assert (tmp_path / "a.bin").read_bytes() == b"\r\n\x00"


def test_nothing_is_visible_before_the_end(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with whole_file(tmp_path / "a.txt") as handle:
        handle.write("new")
        handle.flush()
        assert (tmp_path / "a.txt").read_text() == "old"
    assert (tmp_path / "a.txt").read_text() == "new"


def test_path_keeps_directory_and_suffix(tmp_path):
    with whole_path(tmp_path / "model.keras") as temporary:
        assert temporary.parent == tmp_path.resolve()
        assert temporary.suffix == ".keras"
        temporary.write_text("weights")
    assert names(tmp_path) == ["model.keras"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device"), ValueError()])
@pytest.mark.parametrize("old", [None, "old"])
def test_an_exception_leaves_the_directory_as_it_was(tmp_path, error, old):
    if old is not None:
        (tmp_path / "a.txt").write_text(old)
    before = names(tmp_path)
    with pytest.raises(type(error)), whole_file(tmp_path / "a.txt") as handle:
        handle.write("half")
        raise error
    assert names(tmp_path) == before
    assert old is None or (tmp_path / "a.txt").read_text() == old


def test_a_disk_that_fills_at_the_final_flush(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"), whole_file(tmp_path / "a.txt") as handle:
        handle.write("data")
    assert names(tmp_path) == []


def test_a_block_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), whole_path(tmp_path / "a.txt"):
        pass
    assert names(tmp_path) == []


def test_permissions_are_those_of_a_plain_open_or_of_the_old_file(tmp_path):
    (tmp_path / "plain").write_text("")
    with whole_file(tmp_path / "new") as handle:
        handle.write("")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "new").chmod(0o640)
    with whole_file(tmp_path / "new") as handle:
        handle.write("x")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with whole_file(tmp_path / "link") as handle:
        handle.write("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


@pytest.mark.parametrize("target", [".", os.devnull])
def test_what_is_not_a_file_is_refused(tmp_path, target):
    path = tmp_path / target  # an absolute second part replaces the first
    with pytest.raises(OSError, match="not a regular file"), whole_path(path):
        raise AssertionError("the block must not run")


def test_a_missing_directory_is_the_systems_own_error(tmp_path):
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "absent" / "a.txt") as handle:
        handle.write("x")
