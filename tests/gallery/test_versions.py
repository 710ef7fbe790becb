"""A gallery's directory: whole versions, whatever happens to the writer, the files or a reader."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from semihard._core.runs.lock import locked
from semihard._core.runs.manifest import describe
from semihard._core.runs.sealed import sealed
from semihard.evaluation import Calibration
from semihard.gallery import Gallery, _versions
from tests.gallery.test_gallery import same

LABELS = ["a\tb", 1, "1", True, 2.5, "\udcff", "\N{PILE OF POO}", 2**70]


def pets(**more):
    vectors = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    return Gallery.create(vectors, LABELS, [*range(4), *"wxyz"], {"file": [*"abcdefg", None]}, **more)


def names(directory):
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


@pytest.mark.parametrize("more", [{}, {"model": "f00d", "threshold": Calibration.from_threshold(0.1, dim=3)}])
@pytest.mark.parametrize("metric", ["euclidean", "cosine_distance"])
def test_what_is_read_is_what_was_written(tmp_path, more, metric):
    if metric == "cosine_distance" and more:
        more = {**more, "threshold": 1 / 3}
    gallery = pets(metric=metric, **more)
    assert gallery.version is None
    assert gallery.save(tmp_path / "new" / "pets") == tmp_path / "new" / "pets"
    found = Gallery.open(tmp_path / "new" / "pets")
    same(found, gallery)
    assert str(found) == str(gallery)
    assert found.version == gallery.version == 1
    assert found.add([[0.0, 1.0, 0.0]]) == gallery.add([[0.0, 1.0, 0.0]]) == [4]


def test_an_empty_gallery_is_one_too(tmp_path):
    Gallery.create(model="f00d").save(tmp_path)
    gallery = Gallery.open(tmp_path)
    assert (len(gallery), gallery.dim, gallery.model) == (0, None, "f00d")
    gallery.add([[1.0, 2.0]], ["a"])
    gallery.remove([0])
    gallery.save()
    assert Gallery.open(tmp_path).dim == 2
    assert Gallery.open(tmp_path).add([[1.0, 2.0]]) == [1]


def test_the_files_are_plain_ones_and_the_manifest_describes_them(tmp_path):
    gallery = pets()
    gallery.save(tmp_path)
    assert names(tmp_path) == [f"version-1/{name}" for name in ("gallery.json", "items.json", "vectors.npy")]
    folder = tmp_path / "version-1"
    assert np.array_equal(np.load(folder / "vectors.npy"), gallery.vectors)
    assert json.loads((folder / "items.json").read_text())["labels"] == LABELS
    files = json.loads((folder / "gallery.json").read_text())["files"]
    for name in ("items.json", "vectors.npy"):
        data = (folder / name).read_bytes()
        assert files[name] == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_the_version_before_stays_and_older_ones_go(tmp_path):
    gallery = Gallery.create([[0.0]], ["a"])
    (tmp_path / "notes.txt").write_text("mine")
    for number in range(1, 5):
        gallery.save(tmp_path)
        assert gallery.version == number
        assert [path.name for path in sorted(tmp_path.glob("[!.]*"))] == [
            "notes.txt",
            *(f"version-{old}" for old in range(max(1, number - 1), number + 1)),
        ]
        assert len(Gallery.open(tmp_path)) == number
        gallery.add([[float(number)]], ["a"])
    assert len(Gallery.open(tmp_path, version=3)) == 3
    with pytest.raises(ValueError, match=r"holds: 3, 4\. Received: version=1"):
        Gallery.open(tmp_path, version=1)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGE = {
    "a bit": flip,
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-2]),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
}


@pytest.mark.parametrize("name", ["gallery.json", "items.json", "vectors.npy"])
@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_is_refused_by_name_and_the_version_before_is_there(tmp_path, name, how):
    gallery = pets()
    gallery.save(tmp_path)
    gallery.remove(["w"])
    gallery.save()
    DAMAGE[how](tmp_path / "version-2" / name)
    with pytest.raises(ValueError, match=rf"version-2/{name} as it was saved.*Gallery\.open\(.*, version=1\)"):
        Gallery.open(tmp_path)
    older = Gallery.open(tmp_path, version=1)
    same(older, pets())
    older.add([[0.0, 0.0, 1.0]])
    older.save()  # goes on from the good one
    assert older.version == 3
    assert len(Gallery.open(tmp_path)) == 9
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["version-1", "version-3"]


def test_damage_without_an_older_version_and_a_newer_format(tmp_path):
    pets().save(tmp_path)
    manifest = tmp_path / "version-1" / "gallery.json"
    content = json.loads(manifest.read_text())
    flip(tmp_path / "version-1" / "vectors.npy")
    with pytest.raises(ValueError, match=r"vectors\.npy as it was saved.*sha256.*Restore it\.$"):
        Gallery.open(tmp_path)
    del content["sha256"]
    newer = {**content, "version": 2}
    manifest.write_text(json.dumps(sealed(newer)))
    with pytest.raises(ValueError, match=r"format version 1\. Received: 2\. Update semihard"):
        Gallery.open(tmp_path)
    manifest.write_text(json.dumps({**content, "header": {**content["header"], "threshold": None, "metric": "other"}}))
    with pytest.raises(ValueError, match=r"gallery\.json as it was saved.*own SHA-256"):
        Gallery.open(tmp_path)
    manifest.write_text("[" * 100_000)
    with pytest.raises(ValueError, match=r"gallery\.json as it was saved.*no JSON"):
        Gallery.open(tmp_path)


def test_there_is_no_gallery(tmp_path):
    with pytest.raises(FileNotFoundError, match="no version in it"):
        Gallery.open(tmp_path)
    Gallery.create([[0.0]]).save(tmp_path / "bundle" / "gallery")
    with pytest.raises(FileNotFoundError, match=r"Name the gallery in it: .*bundle/gallery\.$"):
        Gallery.open(tmp_path / "bundle")
    with pytest.raises(FileNotFoundError, match="no such directory"):
        Gallery.open(tmp_path / "x")
    with pytest.raises(ValueError, match="`path` for a gallery that was never saved"):
        Gallery.create().save()


class Power(Exception):
    """It failed."""


def failing(real, at):
    calls = iter(range(at, -1000, -1))

    def call(*arguments, **options):
        if next(calls) == 0:
            raise Power
        return real(*arguments, **options)

    return call


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_failure_while_saving_leaves_the_version_before(tmp_path, monkeypatch, name, at):
    pets().save(tmp_path)
    gallery = Gallery.open(tmp_path)
    gallery.add(np.zeros((3, 3)))
    with monkeypatch.context() as patch:
        patch.setattr(os, name, failing(getattr(os, name), at))
        try:
            gallery.save()
        except Power:
            failed = True
        else:
            failed = False
    assert failed or (name, at) in {("replace", place) for place in range(1, 5)}  # one rename is all
    if failed:
        # After the rename the new version is complete; before it the old one is all there is.
        assert len(Gallery.open(tmp_path)) in (8, 11)
        same(Gallery.open(tmp_path, version=1), pets())
        assert not [path for path in tmp_path.rglob("*") if "unfinished" in path.name]
        if len(Gallery.open(tmp_path)) == 8:
            gallery.save()
            assert len(Gallery.open(tmp_path)) == 11


def test_a_list_without_versions_is_looked_at_again(tmp_path, monkeypatch):
    """Two saves while a reader reads the directory: what it lists is gone, and what came is not in it."""
    Gallery.create([[0.0]], ["a"]).save(tmp_path)
    found = iter([[], [1]])
    monkeypatch.setattr(_versions, "versions_in", lambda directory: next(found))
    assert Gallery.open(tmp_path).labels == ["a"]


WRITER = """
import sys
import numpy as np
from semihard.gallery import Gallery
gallery = Gallery.open(sys.argv[1])
print("at work", flush=True)
while True:
    gallery.add(np.full((500, 64), float(len(gallery)), np.float32), ["more"] * 500)
    gallery.save()
    if len(gallery) > 20_000:
        gallery.remove(gallery.ids[1000:])
"""


def test_a_writer_that_is_killed_leaves_a_whole_gallery(tmp_path):
    """At moments of any kind, most of them in the middle of a save."""
    rng = np.random.default_rng(0)
    Gallery.create(np.zeros((1000, 64), np.float32), ["first"] * 1000).save(tmp_path)
    for _ in range(5):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout.readline() == b"at work\n"
        time.sleep(rng.uniform(0.02, 0.3))
        writer.send_signal(signal.SIGKILL)
        writer.wait(30)
        writer.stdout.close()
        gallery = Gallery.open(tmp_path)
        assert len(gallery) % 500 == 0
        assert gallery.labels[:1000] == ["first"] * 1000
        assert not gallery.vectors[:1000].any()
        gallery.save()  # nothing stands in the way, and what was left is cleared away
        assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


KILLED = """
import os, signal, sys
from semihard.gallery import Gallery
gallery = Gallery.open(sys.argv[1])
gallery.remove([0])
real, calls = getattr(os, sys.argv[2]), iter(range(int(sys.argv[3]), -100, -1))
def last(*arguments, **options):
    if next(calls) == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **options)
setattr(os, sys.argv[2], last)
gallery.save()
"""


@pytest.mark.parametrize(("name", "at", "left"), [("fsync", 0, 8), ("fsync", 2, 8), ("replace", 0, 8), ("fsync", 4, 7)])
def test_a_writer_killed_at_this_very_call(tmp_path, name, at, left):
    """The fifth `fsync` is that of the directory, after the rename."""
    pets().save(tmp_path)
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), name, str(at)], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert any("unfinished" in path.name for path in tmp_path.iterdir()) == (left == 8)
    gallery = Gallery.open(tmp_path)
    assert len(gallery) == left
    same(Gallery.open(tmp_path, version=1), pets())
    gallery.save()
    assert not any("unfinished" in path.name for path in tmp_path.iterdir())


def test_readers_see_a_whole_version_while_one_writes(tmp_path):
    """Every version holds n items whose vectors are all n."""
    Gallery.create(np.full((1, 16), 1.0), ["x"]).save(tmp_path)
    wrong, seen, done = [], set(), threading.Event()

    def read():
        while not done.is_set():
            try:
                found = Gallery.open(tmp_path)
                seen.add(len(found))
                if not (found.vectors == len(found)).all() or len(found.labels) != len(found):
                    wrong.append(len(found))
            except Exception as error:
                wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    gallery = Gallery.open(tmp_path)
    for count in range(2, 40):
        gallery.remove(gallery.ids)
        gallery.add(np.full((count, 16), float(count)), ["x"] * count)
        gallery.save()
    done.set()
    for reader in readers:
        reader.join(30)
    assert not wrong
    assert len(seen) > 3


def test_a_version_that_goes_while_it_is_read_is_read_anew(tmp_path, monkeypatch):
    gallery = Gallery.create([[0.0]], ["a"])
    gallery.save(tmp_path)
    real, once = _versions.read_folder, []

    def late(folder):
        if not once:
            once.append(folder.name)
            for _ in range(2):
                gallery.add([[0.0]], ["a"])
                gallery.save()
        return real(folder)

    monkeypatch.setattr(_versions, "read_folder", late)
    assert len(Gallery.open(tmp_path)) == 3
    assert once == ["version-1"]


def test_one_writes_at_a_time_and_none_over_what_another_saved(tmp_path):
    Gallery.create([[0.0]], ["a"]).save(tmp_path)
    one, two = Gallery.open(tmp_path), Gallery.open(tmp_path)
    one.add([[1.0]], ["b"])
    two.add([[2.0]], ["c"])
    with locked(tmp_path), pytest.raises(BlockingIOError, match="writing into it"):
        one.save()
    one.save()
    with pytest.raises(ValueError, match=r"Expected version 1 to be the newest.*Received: version 2, which was saved"):
        two.save()
    assert Gallery.open(tmp_path).labels == ["a", "b"]
    with pytest.raises(ValueError, match="no gallery but this one"):
        Gallery.create([[0.0]]).save(tmp_path)
    two.save(tmp_path / "elsewhere")
    assert Gallery.open(tmp_path / "elsewhere").labels == ["a", "c"]
    two.save()
    assert two.version == 2


def test_a_file_in_the_place_of_a_directory_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="Choose another path"):
        Gallery.create().save(tmp_path / "file")


def test_a_gallery_is_never_code(tmp_path):
    """A pickle in the place of the vectors, with hashes that fit, is not run."""
    pets().save(tmp_path)
    folder = tmp_path / "version-1"
    np.save(folder / "vectors.npy", np.array([print], object), allow_pickle=True)
    manifest = json.loads((folder / "gallery.json").read_text())
    del manifest["sha256"]
    manifest["files"] = describe(folder, ["items.json", "vectors.npy"])
    (folder / "gallery.json").write_text(json.dumps(sealed(manifest)))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        Gallery.open(tmp_path)
