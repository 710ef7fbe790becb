"""The product in float32 preselects and no more: the answers are those of float64, whatever the data does to it."""

import numpy as np
import pytest

from semihard.evaluation import neighbor_blocks
from semihard.evaluation.search import _block, _prepared
from semihard.evaluation.search import exact as _settle
from semihard.evaluation.search.exact import pair_squared_distances, row_identities


def listed(points, depth, **options):
    """query → the items up to its depth with all that tie, nearest first, ties by position."""
    found = {}
    for block in neighbor_blocks(points, depth=depth, **options):
        for row, items, squared in zip(*block, strict=True):
            items = items[squared <= squared[depth - 1]]
            squared = squared[: len(items)]
            found[int(row)] = items[np.lexsort((items, squared))].tolist()
    return found


def naive(points, depth):
    """The same from all distances in float64, each from its two vectors."""
    count, found = len(points), {}
    for row in range(count):
        others = np.delete(np.arange(count), row)
        exact = pair_squared_distances(points, points, np.full(count - 1, row), others)
        order = np.lexsort((others, exact))
        found[row] = others[order][exact[order] <= exact[order][depth - 1]].tolist()
    return found


def clouds():
    rng = np.random.default_rng(0)
    yield (
        "dense",
        np.concatenate([rng.normal(size=16) + 1e-4 * rng.normal(size=(20, 16)) for _ in range(10)]).astype("float32"),
    )
    yield "spread", rng.normal(size=(200, 16)).astype("float32")
    yield "far", (1e4 + rng.normal(size=(200, 16))).astype("float32")
    yield "unequal", (rng.normal(size=(200, 16)) * np.logspace(-6, 6, 200)[:, None]).astype("float32")
    yield "grid", rng.integers(0, 3, (200, 4)).astype("float32")
    yield "half", rng.normal(size=(200, 16)).astype("float16")
    yield "tiny", (1e-30 * rng.normal(size=(200, 16))).astype("float32")
    yield "huge", (1e30 * rng.normal(size=(200, 16))).astype("float32")


@pytest.mark.parametrize("points", [pytest.param(points, id=name) for name, points in clouds()])
@pytest.mark.parametrize("depth", [1, 7, 150])
def test_neighbours_are_those_of_float64(points, depth):
    assert listed(points, depth) == naive(points, depth)
    assert listed(points, depth, memory=200_000) == naive(points, depth)


@pytest.mark.parametrize("points", [pytest.param(points, id=name) for name, points in clouds()])
def test_small_tiles_change_nothing(points, monkeypatch):
    monkeypatch.setattr(_block, "TILE", 48)
    assert listed(points, 7) == naive(points, 7)


def test_a_collapsed_set_is_searched_in_little_memory():
    """Every row ties with all others: 3,000 rows of that do not fit into what the search may take."""
    points = np.ones((3000, 4), np.float32)
    for found in neighbor_blocks(points, depth=2, memory=2**21):
        assert found.items.size * 12 < 2**21
        assert (np.isfinite(found.squared_distances).sum(axis=1) == 2999).all()


def test_rows_are_numbered_alike_exactly_if_they_are_equal():
    points = np.array([[0.0, 1.0], [-0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], np.float32)
    for kind in (np.float16, np.float32, np.float64, np.longdouble):
        numbers = row_identities(points.astype(kind))
        assert (numbers[:, None] == numbers).tolist() == (points[:, None] == points).all(axis=2).tolist()


def test_rows_that_share_a_hash_are_told_apart(monkeypatch):
    monkeypatch.setattr(_settle, "_bits", lambda rows: np.zeros(rows.shape, np.uint64))
    points = np.random.default_rng(0).integers(0, 3, (50, 2)).astype(np.float32)
    numbers = row_identities(points)
    assert (numbers[:, None] == numbers).tolist() == (points[:, None] == points).all(axis=2).tolist()


def test_dense_sets_are_searched_in_float64_and_others_are_not(monkeypatch):
    kinds = []

    class Noted(_prepared.Centred):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            kinds.append(self.dtype.name)

    monkeypatch.setattr(_prepared, "Centred", Noted)
    points = dict(clouds())
    listed(points["spread"], 3)
    assert kinds == ["float32"]
    kinds.clear()
    listed(points["dense"], 19)  # ten clumps, each too small for float32 to tell its points apart
    assert kinds == ["float32", "float64"]
    kinds.clear()
    listed(points["spread"].astype("float64"), 3)
    listed(points["huge"], 3)
    assert kinds == ["float64", "float64"]
