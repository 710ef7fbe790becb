"""`embed` on Ray: the files that it writes in one process, and what is said of what it cannot do."""

import os

import pyarrow.parquet as parquet
import pytest

import semihard
from semihard import cli
from semihard._core import extras
from semihard._core.extras import MissingPackage
from semihard.workflows.searching import read_vectors
from semihard.workflows.searching._ray_data import ray_cluster
from tests.killed import Killed, killed_at
from tests.workflows.searching.shapes import shapes, untrained

ray = pytest.importorskip("ray")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A run, and forty pictures, one of which is corrupt."""
    folder = tmp_path_factory.mktemp("data")
    untrained(folder / "run")
    shapes(folder / "photos", range(5), each=8)
    (folder / "photos" / "shape_03" / "5.png").write_text("no picture")
    return folder


@pytest.fixture(autouse=True)
def here(data, monkeypatch):
    monkeypatch.chdir(data)


@pytest.fixture(scope="module")
def cluster():
    """Begun as `embed` begins it, and used by what comes."""
    assert not ray.is_initialized()
    with ray_cluster() as found:
        yield found
    assert not ray.is_initialized()


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_shards_as_in_one_process_that_was_ended(cluster, data, monkeypatch):
    """Two of six shards are there when Ray begins. The vectors are those of the plain file, too."""
    plain = semihard.embed("run", "photos", "plain", batch=4, shard=7)
    semihard.embed("run", "photos", "one.parquet", batch=4)
    with monkeypatch.context() as patched:
        killed_at(patched, 2, True)  # after its job and two shards are written
        with pytest.raises(Killed):
            semihard.embed("run", "photos", "rays", batch=4, shard=7)
    told = []
    made = semihard.embed(
        "run", "photos", "rays", batch=4, shard=7, engine="ray", workers=2, progress=lambda *at: told.append(at)
    )
    assert told[0] == (14, 40)
    assert told[-1] == (40, 40)
    assert sorted(told) == told
    assert content(data / "rays") == content(data / "plain")
    assert len(content(data / "rays")) == 7
    assert made.failed == plain.failed
    assert (data / "rays.failed.tsv").read_bytes() == (data / "plain.failed.tsv").read_bytes()
    assert not list(data.glob("*.unfinished"))
    ids = parquet.read_table("rays")["id"].to_pylist()
    assert ids == [place for place in range(40) if place != 29]
    found, one = read_vectors("rays"), read_vectors("one.parquet")
    assert found.vectors.tobytes() == one.vectors.tobytes()
    assert (found.labels, found.model) == (one.labels, one.model)
    assert [os.path.realpath(path) for path in found.paths] == [os.path.realpath(path) for path in one.paths]
    assert not semihard.embed("run", "photos", "rays", batch=4, shard=7, engine="ray").made


def test_the_command_and_a_plain_file(cluster, data, capfd):
    semihard.embed("run", "photos", "one.npy")
    line = ["embed", "run", "photos", "--out", "rays.npy", "--engine", "ray", "--workers", "2", "--device", "cpu"]
    assert cli.main(line) == 3
    out, err = capfd.readouterr()
    assert out == "Wrote rays.npy: 39 vectors of 8 dimensions, each with its path and label in rays.npy.meta.tsv.\n"
    assert "semihard: 1 of 40 pictures could not be read" in err
    for name in ("", ".meta.tsv", ".failed.tsv"):
        assert (data / f"rays.npy{name}").read_bytes() == (data / f"one.npy{name}").read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "rya"}, "Expected `engine` to be one of 'local', 'ray'. Received: engine='rya'"),
        ({"engine": "ray", "device": "gpu:1"}, "Expected `device` to be one of 'auto', 'cpu', 'gpu'"),
        ({"engine": "ray", "workers": 0}, "Expected `workers` to be at least 1"),
        ({"shard": 0}, "Expected `shard` to be at least 1"),
    ],
)
def test_options_that_are_none(data, options, message):
    before = sorted(data.rglob("*"))
    with pytest.raises(ValueError, match=message):
        semihard.embed("run", "photos", "new", **options)
    assert sorted(data.rglob("*")) == before


def test_without_ray(monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match=r'Expected Ray Data to be installed.*pip install "semihard\[ray\]"'):
        semihard.embed("run", "photos", "new", engine="ray")
