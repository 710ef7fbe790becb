"""`embed` and `index`, ended at any moment and called again, leave the bytes of a call that was not."""

import json
import random
import signal
import time
from pathlib import Path

import pytest

import semihard
from semihard.workflows.searching import _parts
from semihard.workflows.searching._working_folder import working_folder
from tests.cli.processes import start
from tests.killed import Killed, killed_at
from tests.workflows.searching.shapes import shapes, untrained


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A run, pictures in parts of seven, one of which is corrupt."""
    folder = tmp_path_factory.mktemp("data")
    untrained(folder / "run")
    shapes(folder / "photos", range(6), each=8)
    (folder / "photos" / "shape_03" / "5.png").write_text("no picture")
    return folder


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(_parts, "PART", 7)


# A decoder that takes its time, so that there are moments to be killed at.
SLOW = """
import os, time
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
from semihard.workflows.searching import _parts
_parts.PART = 7
before = _parts.pixels_of
_parts.pixels_of = lambda *a: (time.sleep(0.05), before(*a))[1]
"""


def call(verb, data, out):
    if verb in ("embed", "plain"):
        return semihard.embed(data / "run", data / "photos", _named(verb, out), batch=4)
    return semihard.index(data / "run", data / "photos", out, threshold=0.5, batch=4)


def _named(verb, out: Path) -> Path:
    return out.with_suffix(".npy") if verb == "plain" else out


def arguments(verb, data, out):
    options = ["--threshold", "0.5"] if verb == "index" else []
    return [verb, str(data / "run"), str(data / "photos"), "--out", str(out), "--batch", "4", *options]


def content(verb, out: Path):
    """The bytes that are to be the same: all but a gallery's own name and the time when it was saved."""
    if verb == "plain":
        return {path.name: path.read_bytes() for path in sorted(out.parent.glob("*.npy*"))}
    if verb == "embed":
        return [path.read_bytes() for path in (out, out.with_name(out.name + ".failed.tsv"))]
    found = {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    manifest = json.loads(found.pop("version-1/gallery.json"))
    return {**found, "header": manifest["header"], "files": manifest["files"]}


@pytest.fixture(scope="module")
def unbroken(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken")
    before, _parts.PART = _parts.PART, 7
    verbs = ("embed", "plain", "index")
    for verb in verbs:
        (folder / verb).mkdir()
        call(verb, data, folder / verb / "out.parquet")
    _parts.PART = before
    return {verb: content(verb, folder / verb / "out.parquet") for verb in verbs}


@pytest.mark.once
@pytest.mark.parametrize("verb", ["embed", "plain", "index"])
def test_ended_at_every_write(data, unbroken, tmp_path, monkeypatch, verb):
    """Each time that a file takes its place, one call more is ended before it does, and one just after."""
    count, ended = 0, 0
    for after in (False, True):
        for place in range(100):
            out = tmp_path / f"{place} {after}" / "out.parquet"
            out.parent.mkdir()
            with monkeypatch.context() as patched:
                killed_at(patched, place, after)
                try:
                    call(verb, data, out)
                except Killed:
                    ended += 1
                else:
                    break
            call(verb, data, out)
            assert content(verb, out) == unbroken[verb]
            assert not list(tmp_path.rglob("*.unfinished"))
        count = place
    assert count >= 9  # job, 7 parts, and the output
    assert ended == 2 * count


@pytest.mark.once
@pytest.mark.parametrize("verb", ["embed", "index"])
def test_sigkill_at_a_random_moment(data, unbroken, tmp_path, verb):
    """Of a process of its own, while it makes its parts; this one goes on, to the bytes of one that did it all."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # shown if it fails
    out = tmp_path / "out.parquet"
    process = start(arguments(verb, data, out), SLOW)
    parts = tmp_path / "out.parquet.unfinished"
    deadline = time.monotonic() + 120
    while process.poll() is None and not list(parts.rglob("part-*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(random.Random(seed).uniform(0, 0.2))
    process.kill()
    _, err = process.communicate()
    assert process.returncode in (-signal.SIGKILL, 3), err  # 3: it was done, but for the corrupt picture
    call(verb, data, out)
    assert content(verb, out) == unbroken[verb]
    assert not list(tmp_path.rglob("*.unfinished"))


def test_only_what_is_missing_is_made(data, tmp_path, monkeypatch):
    seen = []
    pixels_of = _parts.pixels_of

    def counted(path, preprocessing):
        seen.append(path)
        if len(seen) == 30:
            raise Killed
        return pixels_of(path, preprocessing)

    monkeypatch.setattr(_parts, "pixels_of", counted)
    with pytest.raises(Killed):
        call("embed", data, tmp_path / "out.parquet")
    done = len(list(tmp_path.glob("out.parquet.unfinished/*/part-*")))
    assert done >= 2
    monkeypatch.setattr(_parts, "pixels_of", pixels_of)
    progress = []
    semihard.embed(
        data / "run", data / "photos", tmp_path / "out.parquet", batch=4, progress=lambda *at: progress.append(at)
    )
    assert progress[0] == (7, 48)
    assert progress[done] != (7 * (done + 1), 48)  # a batch of the first part that was missing
    assert progress[-1] == (48, 48)


def test_other_pictures_begin_anew(data, tmp_path, monkeypatch):
    own = shapes(tmp_path / "photos", range(3), each=8)
    kinds = []
    monkeypatch.setattr(_parts, "read_part", _parts.read_part)
    pixels_of = _parts.pixels_of

    def killed(path, preprocessing):
        kinds.append(path)
        if len(kinds) == 15:
            raise Killed
        return pixels_of(path, preprocessing)

    monkeypatch.setattr(_parts, "pixels_of", killed)
    with pytest.raises(Killed):
        semihard.embed(data / "run", own, tmp_path / "out.parquet", batch=4, workers=1)
    monkeypatch.setattr(_parts, "pixels_of", pixels_of)
    (own / "shape_00" / "0.png").write_bytes((own / "shape_02" / "0.png").read_bytes())
    semihard.embed(data / "run", own, tmp_path / "out.parquet", batch=4)
    semihard.embed(data / "run", own, tmp_path / "anew.parquet", batch=4)
    assert (tmp_path / "out.parquet").read_bytes() == (tmp_path / "anew.parquet").read_bytes()


def test_one_at_a_time(data, tmp_path):
    with (
        working_folder(tmp_path / "out.parquet", "job"),
        pytest.raises(BlockingIOError, match="to be free"),
    ):
        call("embed", data, tmp_path / "out.parquet")
