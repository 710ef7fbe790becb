"""A gallery that memory does not hold is searched a part at a time, and gives what the whole gives, bit for bit."""

import numpy as np
import pytest

from semihard.evaluation import evaluate, nearest_neighbors, neighbor_blocks
from semihard.evaluation.search import PreparedGallery, _prepared, _shards
from tests.evaluation.search.test_exact import clouds, listed


@pytest.fixture
def small(monkeypatch):
    """Parts of a few items and queries; says how many items were made ready at a time."""
    monkeypatch.setattr(_shards, "FEWEST_ITEMS", 48)
    monkeypatch.setattr(_shards, "FEWEST_QUERIES", 70)
    ready = []

    def centred(gallery, *arguments):
        ready.append(len(gallery))
        return real(gallery, *arguments)

    real = _prepared.Centred
    monkeypatch.setattr(_prepared, "Centred", centred)
    return ready


@pytest.mark.parametrize("points", [pytest.param(points, id=name) for name, points in clouds()])
@pytest.mark.parametrize("depth", [1, 7, 150])
def test_parts_find_what_the_whole_finds(points, depth, small):
    whole = listed(points, depth)
    small.clear()
    assert listed(points, depth, memory=2000) == whole
    assert len(small) >= 3 * 5  # panels of 70 queries, shards of 48 items
    assert max(small) == 48


def test_distances_are_the_same_to_the_last_bit(small):
    rng = np.random.default_rng(0)
    queries, gallery = (rng.integers(-3, 4, (count, 5)).astype(np.float32) / 7 for count in (90, 200))
    exclude = (rng.integers(0, 90, 60), rng.integers(0, 200, 60))
    parts = nearest_neighbors(queries, gallery, k=60, exclude=exclude, memory=2000)
    assert max(small) == 48
    whole = nearest_neighbors(queries, gallery, k=60, exclude=exclude)
    assert all(map(np.array_equal, whole, parts))


def test_a_file_is_read_a_part_at_a_time(small, tmp_path):
    points = np.random.default_rng(1).normal(size=(300, 4)).astype(np.float32)
    np.save(tmp_path / "points.npy", points)
    mapped = np.load(tmp_path / "points.npy", mmap_mode="r")
    found = nearest_neighbors(mapped, k=5, memory=2000)
    assert max(small) == 48
    assert all(map(np.array_equal, found, nearest_neighbors(points, k=5)))


def test_a_report_is_the_same(small):
    rng = np.random.default_rng(2)
    points, labels = rng.integers(0, 4, (200, 3)).astype(np.float32), rng.integers(0, 20, 200)
    one = evaluate(points, labels, ks=[1, 5], resamples=20, memory=2000).to_dict()
    assert max(small) == 48
    assert one == evaluate(points, labels, ks=[1, 5], resamples=20).to_dict()


def test_depths_differ_and_some_want_nothing(small):
    points = np.random.default_rng(3).normal(size=(200, 4))
    depth = np.arange(200) % 3
    found = {}
    for block in neighbor_blocks(points, depth=depth, memory=2000):
        found.update(zip(block.rows.tolist(), block.items, strict=True))
    _, expected = nearest_neighbors(points, k=2)
    assert sorted(found) == np.flatnonzero(depth).tolist()
    assert all(items[: depth[row]].tolist() == expected[row, : depth[row]].tolist() for row, items in found.items())


def test_rows_are_as_long_as_was_asked_though_nothing_is_left(small):
    """Of 60 items, the first query may find two and the second none."""
    points = np.random.default_rng(6).normal(size=(60, 4))
    exclude = (np.repeat([0, 1], 60)[2:], np.tile(np.arange(60), 2)[2:])
    (block,) = neighbor_blocks(points[:2], points, depth=5, exclude=exclude, memory=1)
    assert 48 in small
    assert block.items.shape[1] >= 5
    assert np.isfinite(block.squared_distances).sum(axis=1).tolist() == [2, 0]
    assert sorted(block.items[0, :2].tolist()) == [0, 1]


def test_progress_comes_to_its_end(small):
    told = []
    points = np.random.default_rng(4).normal(size=(200, 4))
    nearest_neighbors(points, k=2, memory=2000, progress=lambda *state: told.append(state))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (200, 200) and len(told) >= 15


def test_what_was_prepared_is_not_prepared_again(small):
    gallery = PreparedGallery(np.random.default_rng(5).normal(size=(200, 4)))
    for _ in range(2):
        nearest_neighbors(gallery.vectors[:3], gallery, k=2, memory=2000)
    assert small == [200]
