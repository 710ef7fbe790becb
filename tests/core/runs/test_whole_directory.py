"""A directory of many files that appears whole or not at all."""

import subprocess
import sys

import pytest

from semihard._core.files import discard_unfinished
from semihard._core.runs import whole_directory


def test_it_appears_at_the_end(tmp_path):
    with whole_directory(tmp_path / "made") as folder:
        (folder / "a").write_text("1")
        assert not (tmp_path / "made").exists()
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["made", "made/a"]


def test_after_an_exception_there_is_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), whole_directory(tmp_path / "made") as folder:
        (folder / "a").write_text("1")
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_a_process_that_ends_without_unwinding_removes_it(tmp_path):
    with pytest.raises(OSError), whole_directory(tmp_path / "made") as folder:
        (folder / "a").write_text("1")
        discard_unfinished()
        assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_used_again(tmp_path):
    left = tmp_path / "made.unfinished" / "content"
    left.mkdir(parents=True)
    (left / "half").write_text("1")
    with whole_directory(tmp_path / "made") as folder:
        assert not list(folder.iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_killed(tmp_path):
    code = """
import os, signal, sys
from semihard._core.runs import whole_directory
with whole_directory(sys.argv[1]) as folder:
    (folder / "a").write_text("1")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "made")])
    assert killed.returncode == -9
    assert not (tmp_path / "made").exists()
    with whole_directory(tmp_path / "made"):
        pass
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["made"]


def test_one_process_at_a_time(tmp_path):
    with whole_directory(tmp_path / "made"), pytest.raises(BlockingIOError), whole_directory(tmp_path / "made"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


@pytest.mark.parametrize("name", ["made", "made.unfinished"])
def test_what_is_somebody_elses_stays(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "note").write_text("mine")
    with pytest.raises(FileExistsError), whole_directory(tmp_path / "made"):
        pass
    assert (tmp_path / name / "note").read_text() == "mine"


def test_no_parent_is_left_of_a_failure(tmp_path):
    with pytest.raises(ZeroDivisionError), whole_directory(tmp_path / "a" / "b" / "new"):
        1 / 0  # noqa: B018
    assert not list(tmp_path.iterdir())
