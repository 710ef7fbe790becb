"""Near-duplicates against loops over all pairs in exact numbers, on tied, collapsed and split data."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from semihard.evaluation import duplicates
from tests.oracles.retrieval import squared_distance

sets = st.integers(1, 10).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float32, (n, 2), elements=st.integers(-3, 3).map(lambda i: i / 4)),
        hnp.arrays(np.int64, n, elements=st.integers(0, 2)),
    )
)


def naive(points, threshold, parts=None):
    """Nearest duplicates, their squared distances, and groups, from every pair."""
    count = len(points)
    near = {}
    for i in range(count):
        for j in range(count):
            apart = squared_distance(points[i], points[j])
            if i != j and apart <= threshold**2 and (parts is None or parts[i] != parts[j]):
                near[i, j] = apart
    nearest = [min(((near[i, j], j) for j in range(count) if (i, j) in near), default=(None, -1)) for i in range(count)]
    groups, left = [], {i for i, _ in near}
    while left:
        group, grown = set(), {min(left)}
        while grown != group:
            group, grown = grown, grown | {j for i, j in near if i in grown}
            # A copy in one part hangs together with its copies there: they are one sample.
            grown |= {j for j in left for i in grown if (points[i] == points[j]).all()}
        groups.append(sorted(group))
        left -= group
    return nearest, sorted(groups, key=lambda group: (-len(group), group))


@settings(deadline=None, max_examples=60)
@given(sets, st.sampled_from([0.0, 0.25, 0.5, 0.75]), st.booleans(), st.sampled_from([1, 2**25]))
def test_equals_a_loop_over_all_pairs(data, threshold, split, memory):
    points, parts = data
    split = split and len(np.unique(parts)) > 1
    found = duplicates(points, threshold=threshold, split=parts if split else None, memory=memory)
    nearest, groups = naive(points, threshold, parts if split else None)
    assert found.nearest.tolist() == [other for _, other in nearest]
    expected = [np.inf if apart is None else float(apart) ** 0.5 for apart, _ in nearest]
    np.testing.assert_allclose(found.distances, expected, rtol=1e-15)
    assert [group.tolist() for group in found.groups] == groups
    pairs = {(min(i, other), max(i, other)) for i, (_, other) in enumerate(nearest) if other >= 0}
    assert sorted(map(tuple, found.pairs.tolist())) == sorted(pairs)
    for (one, other), apart in zip(found.pairs, found.pair_distances, strict=True):
        assert apart == found.distances[one if found.nearest[one] == other else other]
    assert (np.diff(found.pair_distances) >= 0).all()
    assert found.samples.tolist() == [i for i, (_, other) in enumerate(nearest) if other >= 0]
    assert len(found) == len(found.samples)


@settings(deadline=None, max_examples=50)
@given(sets, st.randoms(use_true_random=False))
def test_order_and_names_change_nothing(data, random):
    points, parts = data
    if len(np.unique(parts)) < 2:
        return
    order = random.sample(range(len(parts)), len(parts))
    names = np.array(["test", "a", "train"])
    for options in ({}, {"threshold": 0.3}):
        one = duplicates(points, split=parts, **options)
        other = duplicates(points[order], split=names[parts][order], **options)
        assert other.threshold == one.threshold
        np.testing.assert_array_equal(other.distances, one.distances[order])
        assert {frozenset(np.array(order)[group].tolist()) for group in other.groups} == {
            frozenset(group.tolist()) for group in one.groups
        }


def test_a_link_that_only_a_deep_search_sees():
    """Two clumps of 40 points each; the last of one and the first of the other are at 1, the threshold."""
    clump = np.linspace(0, 0.5, 40)
    points = np.concatenate([clump, clump + 1.5])[:, None]
    found = duplicates(points, threshold=1.0)
    assert [len(group) for group in found.groups] == [80]
    assert [len(group) for group in duplicates(points, threshold=0.999).groups] == [40, 40]


@pytest.mark.parametrize("split", [None, np.arange(2000) % 2])
def test_memory_does_not_grow_with_the_pairs(split):
    """Two million pairs and more, all near, none of them a copy: 24 bytes of each would be 48 MB."""
    points = np.random.default_rng(0).normal(size=(2000, 3)).astype(np.float32)
    tracemalloc.start()
    found = duplicates(points, threshold=100.0, split=split, memory=2**22)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [len(group) for group in found.groups] == [2000]
    assert peak < 30e6


def test_many_copies_are_one_sample():
    """A hundred thousand pairs of each at distance 0 would take minutes; across the split only one vector is left."""
    points = np.repeat(np.arange(3.0)[:, None], 30_000, axis=0)
    found = duplicates(points, threshold=0.5)
    assert [len(group) for group in found.groups] == [30_000] * 3
    assert found.nearest[[0, 1, 2, 30_000]].tolist() == [1, 0, 0, 30_001]
    split = np.arange(len(points)) < 60_001
    across = duplicates(points, threshold=0.5, split=split)
    assert [group.tolist() for group in across.groups] == [list(range(60_000, 90_000))]
    assert across.nearest[[60_000, 60_001, 89_999]].tolist() == [60_001, 60_000, 60_000]


def test_the_usual_distance_says_what_is_near():
    """A quarter of the median distance to a neighbor, which is 1 on a line of whole numbers; copies do not count."""
    points = np.concatenate([np.arange(50.0), np.arange(30.0), [49.24, 60.0, 60.26]])[:, None]
    found = duplicates(points)
    assert found.threshold == 0.25
    assert found.samples.tolist() == [*range(30), 49, *range(50, 81)]
    assert duplicates(np.ones((4, 2))).threshold == 0.0


def test_print_says_what_was_found():
    points = [[0.0], [3.0], [3.1], [9.0], [9.0]]
    text = str(duplicates(points, threshold=0.5))
    assert text.startswith("4 of 5 samples have a near-duplicate among the others, at a distance of at most 0.5; 2 of")
    assert text.splitlines()[2].split() == ["3", "4", "0"]
    assert text.splitlines()[3].split() == ["1", "2", "0.1"]
    across = str(duplicates(points, threshold=0.0, split=[0, 0, 1, 1, 1]))
    assert across == (
        "0 of 5 samples have a near-duplicate in another part of the split, at a distance of at most 0; 0 of them an "
        "exact copy. Groups: 0."
    )


def test_progress_reaches_the_end():
    seen = []
    duplicates(np.random.default_rng(0).normal(size=(50, 2)), progress=lambda *at: seen.append(at))
    assert seen[-1] == (50, 50)
    split = np.repeat(["train", "val", "test"], [30, 10, 10])
    duplicates(np.random.default_rng(0).normal(size=(50, 2)), split=split, progress=lambda *at: seen.append(at))
    assert seen[-1] == (20, 20)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"threshold": -1}, ValueError, "`threshold` to be at least 0"),
        ({"threshold": np.nan}, ValueError, "`threshold` to be finite"),
        ({"threshold": "near"}, TypeError, "`threshold` to be a number"),
        ({"split": ["train"] * 3}, ValueError, r"at least two parts.*\['train'\]"),
        ({"split": ["train", "test"]}, ValueError, r"`split` to be \[3\]"),
        ({"split": ["train", None, "test"]}, ValueError, "without missing"),
    ],
)
def test_what_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        duplicates(np.eye(3), **options)
    with pytest.raises(ValueError, match="finite"):
        duplicates([[np.nan]])
