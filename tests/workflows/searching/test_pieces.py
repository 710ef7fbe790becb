"""Which files are made of which pictures, and what a directory of shards is: without Keras, and without Ray."""

import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from semihard.data.preprocessing import Preprocessing
from semihard.workflows.searching import _shards
from semihard.workflows.searching._parts import NOT_THERE, Part, make_part
from semihard.workflows.searching._pieces import PieceMaker, Plan, summed
from semihard.workflows.searching._read_vectors import read_about, read_vectors
from semihard.workflows.searching._shards import ShardFormat, put_in_place, write_shard
from semihard.workflows.searching._vectors import ABOUT, label_type
from semihard.workflows.searching.photos import Photos

ABOUT_ALL = {"model": "sha256:1", "job": "j", "root": None}


class Means:
    """A model that remembers what it was given."""

    dim = 3

    def __init__(self):
        self.given = []

    def __call__(self, pixels, batch):
        self.given.append((len(pixels), batch))
        return pixels.mean(axis=(1, 2)).astype(np.float32)


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Ten, the fourth of which is corrupt, and the seventh gone."""
    monkeypatch.chdir(tmp_path)
    for number in range(10):
        Image.new("RGB", (5, 5), (number, 99, 7)).save(f"{number}.png")
    (tmp_path / "3.png").write_text("no picture")
    (tmp_path / "6.png").unlink()
    return Photos([f"{number}.png" for number in range(10)], [*"aabb", None, *"ccddd"], None)


def maker(encoder, labels=None):
    shards = None if labels is None else ShardFormat(ABOUT_ALL, label_type(labels))
    return PieceMaker(encoder, Preprocessing(4), batch=2, threads=2, shards=shards)


@given(count=st.integers(1, 40), size=st.integers(1, 45), sharded=st.booleans())
def test_each_picture_is_in_one_piece(count, size, sharded):
    photos = Photos([f"{number}.png" for number in range(count)], list(range(count)), None)
    plan = Plan(photos, Path("made"), size, Path("out") if sharded else None)
    pieces = [plan.piece(number) for number in range(len(plan.files))]
    assert [path for piece in pieces for path in piece.paths] == photos.paths
    assert [piece.first for piece in pieces] == [places.start for places in map(plan.places, range(len(pieces)))]
    assert len({piece.file for piece in pieces}) == len(pieces) == -(-count // size)
    assert [label for piece in pieces for label in piece.labels] == (photos.labels if sharded else [])
    assert [name for piece in pieces for name in piece.names] == ([f"../{p}" for p in photos.paths] if sharded else [])


def test_batches_are_cut_alike_whoever_makes_the_part(photos):
    """Of what can be read, and filled up by the model; the last of a part may be smaller."""
    model, told = Means(), []
    part = make_part(photos.paths[:5], 0, Preprocessing(4), model, batch=2, threads=3, told=told.append)
    assert model.given == [(2, 2), (2, 2)]
    assert told == [2, 5]
    assert part.rows.tolist() == [0, 1, 2, 4]
    assert part.failed == {3: "cannot identify image file"}
    np.testing.assert_array_equal(part.vectors, [[row, 99, 7] for row in part.rows])
    later = make_part(photos.paths[5:], 5, Preprocessing(4), model, batch=2, threads=1)
    assert model.given[2:] == [(2, 2), (2, 2)]
    assert (later.rows.tolist(), later.failed) == ([5, 7, 8, 9], {6: NOT_THERE})


@pytest.mark.parametrize("gone", [None, frozenset({"6.png"}), frozenset(), frozenset({"1.png"})])
def test_a_picture_that_others_see_is_no_corrupt_one(photos, tmp_path, gone):
    """Else a machine without the pictures would leave them all out."""
    plan = Plan(photos, tmp_path, 10, tmp_path / "out")
    piece = plan.piece(0)._replace(missing=gone)
    if gone is None or "6.png" in gone:
        maker(Means(), photos.labels)(piece)
        failed, count, dim = summed(plan)
        assert (failed, count, dim) == ([("3.png", "cannot identify image file"), ("6.png", NOT_THERE)], 8, 3)
    else:
        with pytest.raises(FileNotFoundError, match=r"Expected 6\.png on every machine of the cluster"):
            maker(Means(), photos.labels)(piece)
        assert not piece.file.exists()


def made(photos, folder, size=4):
    """A directory of shards, and its path."""
    (folder / "made").mkdir()
    plan = Plan(photos, folder / "made", size, folder / "out")
    for number in range(len(plan.files)):
        maker(Means(), photos.labels)(plan.piece(number))
    failed, count, dim = summed(plan)
    put_in_place(plan.folder, plan.target, {**ABOUT_ALL, "dim": dim, "failed": failed, "count": count, "shards": 3})
    return plan.target


def test_shards_are_plain_parquet_and_each_knows_its_model(photos, tmp_path):
    out = made(photos, tmp_path)
    table = parquet.read_table(out)
    assert [(field.name, str(field.type)) for field in table.schema] == [
        ("id", "int64"),
        ("path", "string"),
        ("label", "string"),
        ("vector", "fixed_size_list<element: float>[3]"),
    ]
    assert table["id"].to_pylist() == [0, 1, 2, 4, 5, 7, 8, 9]
    assert table["path"].to_pylist() == [f"../{number}.png" for number in table["id"].to_pylist()]
    assert table["label"].to_pylist() == [photos.labels[one] for one in table["id"].to_pylist()]
    found = read_vectors(out)
    np.testing.assert_array_equal(found.vectors, [[one, 99, 7] for one in table["id"].to_pylist()])
    assert [os.path.realpath(path) for path in found.paths] == [
        str(tmp_path / photos.paths[one]) for one in table["id"].to_pylist()
    ]
    one = read_vectors(out / "part-000001.parquet")
    assert (one.model, one.labels, len(one.vectors)) == ("sha256:1", [None, "c", "d"], 3)
    assert read_about(out / "part-000001.parquet")["failed"] == {"6": NOT_THERE}


def test_labels_have_one_type_in_all_shards(photos, tmp_path):
    """Also where one shard has none."""
    out = made(photos._replace(labels=[None] * 4 + [7, None] * 3), tmp_path)
    types = {parquet.read_schema(file).field("label").type for file in out.glob("*.parquet")}
    assert types == {pa.int64()}
    assert read_vectors(out).labels == [None, None, None, 7, None, None, 7, None]


@pytest.mark.parametrize("how", ["a shard is gone", "a shard is damaged", "another file", "no directory of ours"])
def test_a_directory_that_is_not_whole_is_refused(photos, tmp_path, how):
    out = made(photos, tmp_path)
    if how == "a shard is gone":
        (out / "part-000002.parquet").unlink()
    elif how == "a shard is damaged":
        (out / "part-000001.parquet").write_bytes((out / "part-000001.parquet").read_bytes()[:-9])
    elif how == "another file":
        (out / ABOUT).write_text("[]")
    else:
        (out / ABOUT).unlink()
    with pytest.raises((OSError, ValueError), match="Expected"):
        read_vectors(out)


@pytest.mark.parametrize("can_exchange", [True, False])
@pytest.mark.parametrize("there", ["nothing", "an empty directory", "another"])
def test_it_takes_its_place(photos, tmp_path, monkeypatch, there, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(_shards, "exchange", lambda one, other: False)
    if there != "nothing":
        (tmp_path / "out").mkdir()
    if there == "another":
        (tmp_path / "out" / "part-000009.parquet").write_text("older")
    out = made(photos, tmp_path)
    names = [ABOUT, *(f"part-00000{number}.parquet" for number in range(3))]
    assert sorted(path.name for path in out.iterdir()) == names
    assert json.loads((out / ABOUT).read_text())["count"] == 8


def test_what_a_killed_worker_has_left_does_not_come_along(photos, tmp_path):
    part = Part(np.arange(1), np.ones((1, 3), np.float32), {})
    (tmp_path / "made").mkdir()
    write_shard(tmp_path / "made" / "part-000000.parquet", ShardFormat(ABOUT_ALL, pa.string()), 0, ["a"], ["b"], [part])
    (tmp_path / "made" / ".part-000000.0123.parquet").write_text("half")
    put_in_place(tmp_path / "made", tmp_path / "out", {**ABOUT_ALL, "dim": 3, "failed": [], "count": 1, "shards": 1})
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [ABOUT, "part-000000.parquet"]
