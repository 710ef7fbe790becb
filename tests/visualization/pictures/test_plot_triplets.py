"""Mined triplets, read back from the picture."""

import re
import warnings
import xml.etree.ElementTree as ET
from typing import Any, NamedTuple

import numpy as np
import pytest

from semihard.visualization import plot_triplets
from semihard.visualization.pictures._plot_triplets import _PAID
from semihard.visualization.pictures._strip import NEUTRAL, RIGHT, WRONG
from tests.visualization.pictures.reading import HOSTILE, samples, solid, texts

# On a line: the first class reaches across the second, so that some positives are farther than every negative.
POINTS = np.array([[0.0], [1.0], [6.0], [2.0], [2.5], [3.0]], np.float32)
LABELS = np.array(["ant", "ant", "ant", "bee", "bee", "bee"])


class Triplets(NamedTuple):
    """As `semihard.mining.SemiHardTriplets`, which needs Keras."""

    anchor: Any
    positive: Any
    negative: Any
    fallback: Any
    positive_distance: Any
    negative_distance: Any
    cost: Any


def mined(labels, points, margin=1.0):
    """Semi-hard triplets of points on a line, by loops."""
    labels, found = np.asarray(labels), []
    distances = np.abs(points - points.T)
    for anchor, row in enumerate(distances):
        negatives = [j for j in range(len(row)) if labels[j] != labels[anchor]]
        for positive in range(len(row)):
            if positive == anchor or labels[positive] != labels[anchor]:
                continue
            farther = [j for j in negatives if row[j] > row[positive]]
            negative = min(farther, key=lambda j: row[j]) if farther else max(negatives, key=lambda j: row[j])
            near, far = row[positive], row[negative]
            found.append((anchor, positive, negative, not farther, near, far, max(margin + near - far, 0)))
    return (
        Triplets(*(np.array(column) for column in zip(*found, strict=True))) if found else Triplets(*[np.zeros(0)] * 7)
    )


def test_samples_frames_and_figures(tmp_path):
    triplets = mined(LABELS, POINTS, 1.0)
    rows = list(range(len(triplets.anchor)))
    path = plot_triplets(solid(6), LABELS, triplets, tmp_path / "t.png", rows=rows)
    numbers, frames = samples(path, len(rows), 3, solid(6), 0)
    np.testing.assert_array_equal(numbers, np.stack(triplets[:3], axis=1))
    assert {tuple(row) for row in frames} == {(NEUTRAL, RIGHT, WRONG)}
    path = plot_triplets(solid(6), LABELS, triplets, tmp_path / "t.svg", rows=rows)
    expected = ["anchor", "positive", "negative", "distances from the anchor, and what is paid"]
    for anchor, positive, negative, fallback, near, far, cost in zip(*triplets, strict=True):
        expected += [LABELS[anchor], f"✓ {near:#.3g}", LABELS[positive], f"✗ {far:#.3g}", LABELS[negative]]
        expected.append(f"pays {cost:#.3g}" + (": a fallback, no negative is farther" if fallback else ""))
    assert texts(path) == [text.rstrip(".") for text in expected]
    assert 0 < triplets.fallback.sum() < len(rows), "the data must have both kinds"
    # One bar for each triplet that pays.
    assert len(re.findall(f"stroke: {_PAID}", path.read_text())) == (triplets.cost > 0).sum()


@pytest.mark.parametrize("count", [1, 3, 5])
def test_the_rows_go_evenly_from_the_most_to_the_least_paid(tmp_path, count):
    """12 triplets in the order of their cost, of which the first, the last and those at even steps are drawn."""
    triplets = mined(LABELS, POINTS, 1.0)
    path = plot_triplets(solid(6), LABELS, triplets, tmp_path / "t.svg", rows=count)
    paid = [float(text.split()[1].strip(":")) for text in texts(path) if text.startswith("pays")]
    expected = np.sort(triplets.cost)[::-1][np.linspace(0, 11, count).round().astype(int)]
    np.testing.assert_allclose(paid, expected, rtol=0.01)


def test_hostile_labels_are_text(tmp_path):
    labels = np.array(HOSTILE, object)[[0, 0, 1, 1, 2, 3]]
    triplets = mined(labels, POINTS, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = plot_triplets(solid(6), labels, triplets, tmp_path / "t.svg", title="\\$")
    ET.parse(path)
    assert {"\\$", "$\\frac{", "_^"} <= set(texts(path))


@pytest.mark.parametrize(
    ("images", "labels", "options", "match"),
    [
        (solid(6), LABELS[:5], {}, r"to be \[6\].*Received: shape \(5,\)"),
        (solid(5), LABELS[:5], {}, "these 5 images. Received: a triplet with row 5"),
        (np.zeros(6), LABELS, {}, r"Received: shape \(6,\)"),
        (solid(6), LABELS, {"rows": 0}, "at least 1"),
        (solid(6), LABELS, {"rows": [12]}, "from 0 to 11. Received: 12"),
    ],
)
def test_errors_leave_no_file(tmp_path, images, labels, options, match):
    triplets = mined(LABELS, POINTS, 1.0)
    with pytest.raises(ValueError, match=match):
        plot_triplets(images, labels, triplets, tmp_path / "t.png", **options)
    assert list(tmp_path.iterdir()) == []


def test_no_triplets(tmp_path):
    triplets = mined(range(6), POINTS)
    with pytest.raises(ValueError, match="at least one positive pair"):
        plot_triplets(solid(6), range(6), triplets, tmp_path / "t.png")
