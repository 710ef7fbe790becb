"""Which pictures lie on the map: never over each other, never over a name, none left out that has room."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.visualization.pictures._thumbnails import choose_thumbnails


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 200), st.floats(0.05, 5))
def test_no_overlap_and_no_room_left(seed, count, side):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, 2))
    labels = rng.integers(0, 3, size=count)
    taken = np.array([[-0.3, -0.2, 0.4, 0.1]])
    chosen = choose_thumbnails(points, labels, side, taken)

    def overlaps(i: int, j: int) -> bool:
        return bool((np.abs(points[i] - points[j]) < side).all())

    def on_the_name(i: int) -> bool:
        x, y = points[i]
        return -0.3 - side / 2 < x < 0.4 + side / 2 and -0.2 - side / 2 < y < 0.1 + side / 2

    assert len(set(chosen)) == len(chosen)
    assert not any(overlaps(i, j) for i in chosen for j in chosen if i != j)
    assert not any(on_the_name(i) for i in chosen)
    assert all(on_the_name(i) or any(overlaps(i, j) for j in chosen) for i in range(count))


def test_a_stray_comes_first():
    """Six points within one square, the last of another class: there is room for one picture, and it is that one's."""
    points = np.linspace(0.1, 0.2, 6)[:, None] * [1, 1]
    assert choose_thumbnails(points, np.array([0, 0, 0, 0, 0, 1]), 1.0, np.zeros((0, 4))) == [5]
