"""Lists of parts, merged, are the list of the whole: against NumPy's sort of all."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semihard.evaluation.search._merge import Nearest, merge


def of_part(squared, items, depths):
    """What a search of these items gives: as many as are wanted and all that tie, in no order."""
    kept = [[] for _ in depths]
    for row, depth in enumerate(depths):
        within = np.sort(squared[row])[:depth]
        kept[row] = [place for place in range(len(items)) if len(within) and squared[row, place] <= within[-1]]
        kept[row] = [place for place in kept[row] if np.isfinite(squared[row, place])]
    width = max(map(len, kept), default=0)
    part = Nearest(np.full((len(depths), width), np.inf), np.full((len(depths), width), -1))
    for row, places in enumerate(kept):
        part.squared[row, : len(places)] = np.sort(squared[row, places])
        part.items[row, : len(places)] = items[places][np.argsort(squared[row, places], kind="stable")]
    return part


@given(
    rows=st.integers(1, 4),
    sizes=st.lists(st.integers(0, 12), min_size=1, max_size=6),
    values=st.integers(1, 20),
    depth=st.integers(1, 15),
    excluded=st.sampled_from([0.0, 0.3, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_shards_in_any_order_with_ties_empty_ones_and_more_wanted_than_they_hold(
    rows, sizes, values, depth, excluded, seed
):
    rng = np.random.default_rng(seed)
    count = sum(sizes)
    squared = rng.integers(0, values, (rows, count)).astype(np.float64)
    squared[rng.random(squared.shape) < excluded] = np.inf
    depths = rng.integers(1, depth + 1, rows)
    items = rng.permutation(count)  # which shard an item is in says nothing of its number
    cuts = np.split(np.arange(count), np.cumsum(sizes)[:-1])
    parts = [of_part(squared[:, places], items[places], depths) for places in cuts]
    found = merge([parts[number] for number in rng.permutation(len(parts))], depths)
    for row in range(rows):
        order = [place for place in np.lexsort((items, squared[row])) if np.isfinite(squared[row, place])]
        last = squared[row, order[: depths[row]][-1]] if order else 0
        expected = [place for place in order if squared[row, place] <= last]
        listed = found.items[row, : len(expected)]
        assert listed.tolist() == items[expected].tolist()
        assert found.squared[row, : len(expected)].tolist() == squared[row, expected].tolist()
        assert np.isinf(found.squared[row, len(expected) :]).all()
        assert (found.items[row, len(expected) :] == -1).all()


@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_it_does_not_matter_what_is_merged_first(depth, seed):
    rng = np.random.default_rng(seed)
    depths = np.full(3, depth)
    parts = [
        of_part(rng.integers(0, 4, (3, 6)).astype(float), np.arange(6 * part, 6 * part + 6), depths)
        for part in range(3)
    ]
    whole = merge(parts, depths)
    by_two = merge([merge(parts[:2], depths), parts[2]], depths)
    other = merge([parts[0], merge(parts[1:], depths)], depths)
    assert all(map(np.array_equal, whole, by_two)) and all(map(np.array_equal, whole, other))
