"""`embed` on Ray: the files that it writes in one process, and what is said of what it cannot do."""

import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest

import semihard
from semihard import cli
from semihard._core import extras
from semihard._core.extras import MissingPackage
from semihard.workflows.searching import read_vectors
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


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


@pytest.mark.once
def test_the_command_goes_on_to_the_same_bytes(monkeypatch, capfd):
    """Where the other engine was ended after two of six shards. The vectors are those of a single file, too."""
    assert not ray.is_initialized()
    plain = semihard.embed("run", "photos", "plain", batch=4, shard=7)
    semihard.embed("run", "photos", "one.parquet", batch=4)
    with monkeypatch.context() as patched:
        killed_at(patched, 2, True)  # after its job and two shards are written
        with pytest.raises(Killed):
            semihard.embed("run", "photos", "rays", batch=4, shard=7)
    before = {path.name: path.stat().st_ino for path in Path("rays.unfinished").glob("*/part-*")}
    assert len(before) == 2
    capfd.readouterr()
    line = ["embed", "run", "photos", "--out", "rays", "--batch", "4", "--shard", "7"]
    assert cli.main([*line, "--engine", "ray", "--workers", "2", "--device", "cpu"]) == 3
    out, err = capfd.readouterr()
    assert out == "Wrote rays: 39 vectors of 8 dimensions, each with its path and label.\n"
    assert "semihard: 1 of 40 pictures could not be read and are left out: photos/shape_03/5.png (" in err
    assert not ray.is_initialized()
    assert content("rays") == content("plain")
    assert len(content("rays")) == 7
    assert before.items() <= {path.name: path.stat().st_ino for path in Path("rays").iterdir()}.items()
    assert Path("rays.failed.tsv").read_bytes() == Path("plain.failed.tsv").read_bytes()
    assert not list(Path.cwd().glob("*.unfinished"))
    assert parquet.read_table("rays")["id"].to_pylist() == [place for place in range(40) if place != 29]
    found, one = read_vectors("rays"), read_vectors("one.parquet")
    assert (found.labels, found.model) == (one.labels, one.model)
    np.testing.assert_allclose(found.vectors, one.vectors, atol=1e-6)  # other pictures stand beside them
    assert [os.path.realpath(path) for path in found.paths] == [os.path.realpath(path) for path in one.paths]
    again = semihard.embed("run", "photos", "rays", batch=4, shard=7, engine="ray")
    assert (again.made, again.failed) == (False, plain.failed)


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
