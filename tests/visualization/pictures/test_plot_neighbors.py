"""Queries and neighbours, read back from the picture."""

import itertools
import re
import sys
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from semihard.visualization import plot_neighbors
from semihard.visualization.pictures import _strip
from semihard.visualization.pictures._plot_neighbors import telling_queries
from semihard.visualization.pictures._strip import NEUTRAL, RIGHT, WRONG
from tests.visualization.pictures.reading import HOSTILE, samples, solid, texts

module = sys.modules["semihard.visualization.pictures._plot_neighbors"]
COUNT = 40


def data(seed: int = 0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(COUNT, 2)), rng.integers(0, 4, size=COUNT)


def naive(x: np.ndarray, query: int, k: int) -> list[tuple[float, int]]:
    return sorted((float(np.linalg.norm(x[query] - x[i])), i) for i in range(len(x)) if i != query)[:k]


def test_the_neighbours_are_the_nearest_and_marked_by_their_class(tmp_path):
    x, labels = data()
    queries = [5, 0, 33]
    path = plot_neighbors(solid(COUNT), x, labels, tmp_path / "n.png", queries=queries, k=6)
    numbers, frames = samples(path, 3, 7, solid(COUNT), module._APART)
    expected = [[i for _, i in naive(x, query, 6)] for query in queries]
    np.testing.assert_array_equal(numbers[:, 0], queries)
    np.testing.assert_array_equal(numbers[:, 1:], expected)
    for row, query in enumerate(queries):
        marks = [NEUTRAL, *(RIGHT if labels[i] == labels[query] else WRONG for i in expected[row])]
        assert list(frames[row]) == marks
    assert {RIGHT, WRONG} < set(frames.reshape(-1)), "the data must have both kinds"


def test_signs_distances_and_labels_are_written(tmp_path):
    """The query's label; of each neighbour a sign and the distance, and of a wrong one its label."""
    x, labels = data()
    names = np.array(["ant", "bee", "cat", "dog"])[labels]
    path = plot_neighbors(solid(COUNT), x, names, tmp_path / "n.svg", queries=[3, 8], k=4, title="Insects?")
    expected = ["Insects?", "query", "nearest neighbours and their distances"]
    for query in (3, 8):
        expected.append(names[query])
        for distance, i in naive(x, query, 4):
            right = names[i] == names[query]
            expected += [f"{'✓' if right else '✗'} {distance:#.3g}", *([] if right else [names[i]])]
    assert texts(path) == expected


@pytest.mark.parametrize(("count", "wrong"), [(1, 1), (6, 3), (7, 4)])
def test_half_of_the_chosen_queries_are_wrong(count, wrong):
    """Wrong ones first, each a different sample, classes in turn: no class twice before each that has any came once."""
    x, labels = data()
    nearest = np.array([naive(x, i, 1)[0][1] for i in range(COUNT)])
    is_wrong = labels[nearest] != labels
    chosen = telling_queries(x, labels, count, seed=0)
    np.testing.assert_array_equal(is_wrong[chosen], [True] * wrong + [False] * (count - wrong))
    assert len(set(chosen)) == count
    for part, kind in ((chosen[:wrong], is_wrong), (chosen[wrong:], ~is_wrong)):
        classes = len(set(labels[kind]))
        assert len(set(labels[part])) == min(len(part), classes)
    np.testing.assert_array_equal(chosen, telling_queries(x, labels, count, seed=0))
    others = {tuple(telling_queries(x, labels, count, seed)) for seed in range(5)}
    assert len(others) > 1


def test_more_of_one_kind_where_the_other_lacks():
    """Two far classes: none is wrong. Alternating points on a line: all are. Samples alone in their class come last."""
    apart = np.array([[0.0], [1.0], [2.0], [100.0], [101.0], [102.0]])
    assert sorted(telling_queries(apart, np.array([0, 0, 0, 1, 1, 1]), 6, 0)) == list(range(6))
    assert len(set(telling_queries(apart, np.array([0, 1, 0, 1, 0, 1]), 4, 0))) == 4
    lonely = telling_queries(apart, np.array([0, 0, 9, 1, 1, 1]), 6, 0)
    assert sorted(lonely) == list(range(6))
    assert lonely[0] == 2
    assert 2 not in telling_queries(np.vstack([apart, [[0.5]]]), np.array([0, 0, 9, 1, 1, 1, 1]), 2, 0)


def test_fewer_samples_than_neighbours_and_queries(tmp_path):
    path = plot_neighbors(solid(3), [[0.0], [1.0], [3.0]], [0, 0, 1], tmp_path / "n.png")
    numbers, _ = samples(path, 3, 3, solid(3), module._APART)
    assert sorted(numbers[:, 0]) == [0, 1, 2]
    assert [sorted(row) for row in numbers] == [[0, 1, 2]] * 3


def test_hostile_labels_are_text(tmp_path):
    """Drawn as they are but for what cannot be printed; the file stays XML, and nothing is warned of."""
    count = len(HOSTILE)
    x = np.arange(count, dtype=float)[:, None]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = plot_neighbors(
            solid(count), x, np.array(HOSTILE, object), tmp_path / "n.svg", queries=range(count), k=2, title="$_{"
        )
    ET.parse(path)
    found = texts(path)
    assert {"$_{", "$\\frac{", "_^", "\\", "<b>&", "שלום", "a b", "[31m", "abc"} <= set(found)
    assert any(re.fullmatch("x{4,}…x{3,}", text) for text in found)


@pytest.mark.parametrize("label", ["W" * 13, "W" * 5_000, "iiiiiiiiiiiii", "界" * 13])
def test_labels_do_not_reach_into_each_other(label):
    """Every label wrong, so that each sample has its own below it; and a title of 5,000 letters."""
    figures = []
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that the font lacks
        patch.setattr(_strip, "save", lambda figure, _: figures.append(figure))
        labels = [f"{i}{label}" for i in range(6)]
        plot_neighbors(solid(6), np.arange(6.0)[:, None], labels, "n.png", queries=[0, 1], k=4, title=label * 400)
        figures[0].draw_without_rendering()
    boxes = [text.get_window_extent() for text in figures[0].axes[0].texts]
    assert len(boxes) == 3 + 2 * (1 + 2 * 4)
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    assert all(0 <= box.x0 < box.x1 <= figures[0].bbox.width for box in boxes)


@pytest.mark.parametrize(
    ("images", "x", "labels", "options", "error", "match"),
    [
        (
            solid(2),
            np.zeros((3, 2)),
            [0, 0, 1],
            {},
            ValueError,
            r"\[3, height, width\].*Received: shape \(2, 8, 8, 3\)",
        ),
        (solid(3), np.zeros((3, 2)), [0, 1], {}, ValueError, r"to be \[3\].*Received: shape \(2,\)"),
        (solid(1), np.zeros((1, 2)), [0], {}, ValueError, "number of `embeddings`. to be at least 2"),
        (solid(2), [[0.0], [np.nan]], [0, 1], {}, ValueError, "finite"),
        (solid(2), [[0.0], [1.0]], [0, 1], {"queries": [0, 2]}, ValueError, "from 0 to 1. Received: 2"),
        (solid(2), [[0.0], [1.0]], [0, 1], {"queries": [-1]}, ValueError, "from 0 to 1. Received: -1"),
        (solid(2), [[0.0], [1.0]], [0, 1], {"queries": []}, ValueError, "list of positions"),
        (solid(2), [[0.0], [1.0]], [0, 1], {"queries": 1.5}, TypeError, "whole number"),
        (solid(2), [[0.0], [1.0]], [0, 1], {"k": 0}, ValueError, "`k` to be at least 1"),
    ],
)
def test_errors_leave_no_file(tmp_path, images, x, labels, options, error, match):
    with pytest.raises(error, match=match):
        plot_neighbors(images, x, labels, tmp_path / "n.png", **options)
    assert list(tmp_path.iterdir()) == []


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.png or \.svg.*n\.pdf"):
        plot_neighbors(solid(2), np.eye(2), [0, 1], tmp_path / "n.pdf")
