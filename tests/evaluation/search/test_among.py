"""Items searched among themselves, with half of the products, give what a search for each of them gives."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semihard.evaluation import nearest_neighbors, neighbor_blocks, self_matches
from semihard.evaluation.search import _among, _search
from semihard.evaluation.search._among import Among, rounds
from tests.evaluation.search.test_exact import clouds, listed, naive


@pytest.fixture
def halved(monkeypatch):
    """Small sets are searched so, too; says how often, and how often it was given up."""
    monkeypatch.setattr(_among, "PANEL", 32)
    monkeypatch.setattr(_search, "FEW_PAIRS", 0)
    tried = []

    def collect(self, *arguments):
        tried.append(False)
        real(self, *arguments)
        tried[-1] = True

    real = Among.collect
    monkeypatch.setattr(Among, "collect", collect)
    return tried


def as_another(points, **options):
    """The same search where the gallery is another array, so that nothing is halved."""
    own = np.arange(len(points))
    return nearest_neighbors(points, points.copy(), exclude=options.pop("exclude", (own, own)), **options)


@pytest.mark.parametrize("name", [name for name, _ in clouds()])
@pytest.mark.parametrize("depth", [1, 7, 150])
def test_neighbours_are_those_of_float64(name, depth, halved):
    """Of vectors of very unequal lengths float32 leaves too many in reach of the few that are wanted."""
    points = dict(clouds())[name]
    assert listed(points, depth) == naive(points, depth)
    assert halved == ([] if name == "unequal" and depth < 150 else [True])


@pytest.mark.parametrize("count", [128, 129, 160, 191])
@pytest.mark.parametrize("threads", [1, 3])
def test_the_last_panel_may_be_short(count, threads, halved, monkeypatch):
    monkeypatch.setattr(_search, "CORES", threads)
    points = np.random.default_rng(count).integers(-2, 3, (count, 5)).astype(np.float32)
    assert all(map(np.array_equal, nearest_neighbors(points, k=9), as_another(points, k=9)))
    assert halved == [True]


def test_depths_differ_and_some_want_nothing(halved):
    points = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
    depth = np.arange(200) % 6
    found = {}
    for block in neighbor_blocks(points, depth=depth):
        found.update(zip(block.rows.tolist(), block.items, strict=True))
    _, expected = as_another(points, k=5)
    assert sorted(found) == np.flatnonzero(depth).tolist()
    assert all(items[: depth[row]].tolist() == expected[row, : depth[row]].tolist() for row, items in found.items())
    assert halved == [True]


def test_excluded_pairs_count_for_neither_of_them(halved):
    points = np.random.default_rng(1).normal(size=(200, 6)).astype(np.float32)
    exclude = self_matches(np.arange(200) // 3, np.arange(200) // 3)
    found = nearest_neighbors(points, points, k=6, exclude=exclude)
    assert all(map(np.array_equal, found, as_another(points, k=6, exclude=exclude)))
    assert halved == [True]


def test_pairs_that_are_excluded_in_one_direction_only_are_searched_as_ever(halved):
    points = np.random.default_rng(2).normal(size=(200, 6)).astype(np.float32)
    exclude = (np.arange(199), np.arange(1, 200))
    found = nearest_neighbors(points, points, k=6, exclude=exclude)
    assert all(map(np.array_equal, found, as_another(points, k=6, exclude=exclude)))
    assert halved == []


def test_where_too_many_tie_it_is_given_up(halved):
    """Each of three vectors 400 times: more than eight times the 17 that a row has room for."""
    points = np.repeat(np.arange(3.0)[:, None], 400, axis=0).astype(np.float32)
    assert all(map(np.array_equal, nearest_neighbors(points, k=1), as_another(points, k=1)))
    assert not any(halved)


def test_it_is_left_where_memory_does_not_hold_what_is_collected(halved):
    """23 entries of 8 bytes for each of 192 items are 35 kB, and a tile is as much again."""
    points = np.random.default_rng(3).normal(size=(200, 6)).astype(np.float32)
    nearest_neighbors(points, k=7, memory=30_000)
    assert halved == []


def test_progress_comes_to_its_end(halved):
    told = []
    points = np.random.default_rng(4).normal(size=(200, 6)).astype(np.float32)
    nearest_neighbors(points, k=2, progress=lambda *state: told.append(state))
    assert halved == [True]
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (200, 200) and len(told) > 3


@given(st.integers(1, 40))
def test_a_tournament(count):
    """Everybody meets everybody once, and nobody is at two tables at a time."""
    played = list(rounds(count))
    assert sorted(pair for pairs in played for pair in pairs) == list(combinations_with_replacement(range(count), 2))
    for pairs in played[1:]:
        assert len({player for pair in pairs for player in pair}) == 2 * len(pairs)
