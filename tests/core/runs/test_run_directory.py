"""A run's directory: one run's files, all of them, and one run at a time."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from semihard._core.runs import add_to_run, check_run, lock, run_directory
from semihard._core.runs.lock import is_locked, locked


def names(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def write(directory: Path, files: dict[str, str], owns=()) -> None:
    with run_directory(directory, owns) as place:
        for name, text in files.items():
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_text(text)


def manifest(directory: Path) -> dict:
    return json.loads((directory / "run.json").read_text())


def test_the_manifest_names_each_file_with_size_and_hash(tmp_path):
    write(tmp_path / "new" / "run", {"vecs.tsv": "abc", "epochs/001.npy": "d"})
    found = manifest(tmp_path / "new" / "run")
    assert found["state"] == "finished"
    assert found["started"] <= found["finished"]
    assert found["files"] == {
        "vecs.tsv": {"bytes": 3, "sha256": hashlib.sha256(b"abc").hexdigest()},
        "epochs/001.npy": {"bytes": 1, "sha256": hashlib.sha256(b"d").hexdigest()},
    }
    assert names(tmp_path) == ["new/run/epochs/001.npy", "new/run/run.json", "new/run/vecs.tsv"]


def test_another_run_takes_away_what_is_of_the_one_before_and_nothing_else(tmp_path):
    write(tmp_path, {"vecs.tsv": "old", "metrics.json": "old", "epochs/001.npy": "old", "epochs/002.npy": "old"})
    (tmp_path / "epochs" / "notes.txt").write_text("mine")
    (tmp_path / "paper.tex").write_text("mine")
    first = manifest(tmp_path)["run"]
    write(tmp_path, {"vecs.tsv": "new", "epochs/001.npy": "new"})
    assert names(tmp_path) == ["epochs/001.npy", "epochs/notes.txt", "paper.tex", "run.json", "vecs.tsv"]
    assert (tmp_path / "vecs.tsv").read_text() == (tmp_path / "epochs" / "001.npy").read_text() == "new"
    assert manifest(tmp_path)["run"] != first
    write(tmp_path, {"vecs.tsv": "newer"})
    assert names(tmp_path) == ["epochs/notes.txt", "paper.tex", "run.json", "vecs.tsv"]


def test_what_was_made_from_a_run_goes_with_it(tmp_path):
    write(tmp_path, {"vecs.tsv": "old"})
    (tmp_path / "tensorboard").mkdir()
    made = [tmp_path / "view.html", tmp_path / "tensorboard" / "meta.tsv"]
    for path in made:
        path.write_text("from old")
    add_to_run(tmp_path, made)
    write(tmp_path, {"vecs.tsv": "new"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.json", "vecs.tsv"]


def test_files_from_before_there_were_manifests_are_known_by_their_names(tmp_path):
    (tmp_path / "epochs").mkdir()
    for name in ("metrics.json", "epochs/001.npy", "epochs/extra.npy", "mine.txt"):
        (tmp_path / name).write_text("old")
    write(tmp_path, {"vecs.tsv": "new"}, owns=("vecs.tsv", "metrics.json", "epochs/[0-9]*.npy"))
    assert names(tmp_path) == ["epochs/extra.npy", "mine.txt", "run.json", "vecs.tsv"]


def test_an_exception_leaves_the_earlier_run_and_what_was_complete(tmp_path):
    write(tmp_path, {"vecs.tsv": "old", "metrics.json": "old"})
    before = manifest(tmp_path)
    with pytest.raises(KeyboardInterrupt), run_directory(tmp_path) as files:
        (files / "vecs.tsv").write_text("new")
        raise KeyboardInterrupt
    assert manifest(tmp_path) == before
    assert (tmp_path / "vecs.tsv").read_text() == "old"
    assert names(tmp_path / "unfinished") == ["run.json", "vecs.tsv"]
    assert manifest(tmp_path / "unfinished")["state"] == "running"
    assert check_run(tmp_path, "vecs.tsv") == (
        f"a later run into {tmp_path} did not finish: these are the files of the one before it."
    )
    assert "did not finish" in check_run(tmp_path / "unfinished", "vecs.tsv")
    write(tmp_path, {"vecs.tsv": "newest"})
    assert names(tmp_path) == ["run.json", "vecs.tsv"]
    assert check_run(tmp_path, "vecs.tsv") is None


def test_an_exception_before_the_first_file_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="early"), run_directory(tmp_path):
        raise ValueError("early")
    assert list(tmp_path.iterdir()) == []


def test_a_first_run_that_did_not_finish_is_no_run(tmp_path):
    with pytest.raises(OSError, match="full"), run_directory(tmp_path) as files:
        (files / "model.keras").write_text("weights")
        raise OSError("full")
    with pytest.raises(ValueError, match=r"one that did not finish\. Its files so far are in .*unfinished\. Start it"):
        check_run(tmp_path, "vecs.tsv")


def test_while_it_runs_another_is_refused_and_readers_are_told(tmp_path):
    write(tmp_path, {"vecs.tsv": "old"})
    with run_directory(tmp_path) as files:
        assert "is still running" in check_run(tmp_path, "vecs.tsv")
        assert "is still running" in check_run(files, "vecs.tsv")
        with pytest.raises(BlockingIOError, match="another process is writing into it"), run_directory(tmp_path):
            raise AssertionError("two at a time")
        (files / "vecs.tsv").write_text("new")
    assert (tmp_path / "vecs.tsv").read_text() == "new"


@pytest.mark.parametrize("stop", range(1, 6))
def test_a_stop_while_files_take_their_places_is_made_good(tmp_path, monkeypatch, stop):
    """Three files come and one goes; the process is gone before move number `stop`. The next reader completes it."""
    write(tmp_path, {"a": "old", "b": "old", "gone": "old"})
    with pytest.raises(SystemExit), run_directory(tmp_path) as files:
        for name in "abc":
            (files / name).write_text("new")
        calls, replace = [], Path.replace

        def stopping(self, target):
            calls.append(self)
            # The first two are of the manifest that says "finished" and of the one that says "replacing".
            if len(calls) > stop:
                raise SystemExit
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", stopping)
    monkeypatch.undo()
    complete = stop >= 2
    if stop > 1:
        assert manifest(tmp_path)["state"] == "replacing"
    assert (check_run(tmp_path, "a") is None) is complete
    assert {name: (tmp_path / name).read_text() for name in "ab"} == dict.fromkeys("ab", "new" if complete else "old")
    assert (tmp_path / "c").exists() == (not (tmp_path / "gone").exists()) == complete
    assert manifest(tmp_path)["state"] == "finished"


def test_a_manifest_cannot_name_what_lies_elsewhere(tmp_path):
    run, other = tmp_path / "run", tmp_path / "other"
    write(run, {"vecs.tsv": "old"})
    other.mkdir()
    (other / "a").write_text("mine")
    (run / "link").symlink_to(other)
    entries = {name: {} for name in ("../other/a", str(other / "a"), "link/a", "run.json")}
    (run / "run.json").write_text(json.dumps({**manifest(run), "files": entries}))
    write(run, {"vecs.tsv": "new"})
    assert (other / "a").read_text() == "mine"
    assert (run / "vecs.tsv").read_text() == "new"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": 3}', "[" * 100_000, '{"state": "finished", "files": [1]}'])
def test_a_damaged_manifest_says_nothing(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    (tmp_path / "vecs.tsv").write_text("old")
    assert check_run(tmp_path, "vecs.tsv") is None
    write(tmp_path, {"vecs.tsv": "new"})
    assert manifest(tmp_path)["state"] == "finished"


def test_places_that_cannot_be_used_are_found_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "taken" / "vecs.tsv").mkdir(parents=True)
    (tmp_path / "mine" / "unfinished").mkdir(parents=True)
    (tmp_path / "mine" / "unfinished" / "novel.txt").write_text("chapter 1")
    for name, message in [("file", "file"), ("file/run", "file"), ("taken", "a directory"), ("mine", "something else")]:
        with pytest.raises(OSError, match=message), run_directory(tmp_path / name, ("vecs.tsv",)):
            raise AssertionError("the block must not run")
    with pytest.raises(ValueError, match="path of a directory"), run_directory(""):
        raise AssertionError("the block must not run")
    assert (tmp_path / "mine" / "unfinished" / "novel.txt").read_text() == "chapter 1"


HOLD = """
import sys, time
from pathlib import Path
from semihard._core.runs.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_ends_with_its_process(tmp_path, number):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    assert is_locked(tmp_path)
    with pytest.raises(BlockingIOError), locked(tmp_path):
        raise AssertionError("two at a time")
    process.send_signal(number)
    process.communicate()
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        assert is_locked(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_outlives_its_parent_does_not_hold_the_lock_on(tmp_path):
    program = HOLD.replace('print("held"', "print(os.fork() or time.sleep(60)").replace("import sys", "import os, sys")
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    worker = int(process.stdout.readline())
    assert is_locked(tmp_path)
    process.kill()
    process.wait()
    try:
        for _ in range(200):  # the worker closes its copy as soon as it first runs
            if not is_locked(tmp_path):
                break
            time.sleep(0.05)
        assert not is_locked(tmp_path)
    finally:
        os.kill(worker, signal.SIGKILL)
        process.stdout.close()


def test_a_file_system_without_locks_is_used_without(tmp_path, monkeypatch):
    def none(*_):
        raise OSError(38, os.strerror(38))

    monkeypatch.setattr(lock.fcntl, "flock", none)
    write(tmp_path, {"vecs.tsv": "1"})
    assert check_run(tmp_path, "vecs.tsv") is None
