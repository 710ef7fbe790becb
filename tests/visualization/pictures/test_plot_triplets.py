"""Mined triplets, read back from the picture."""

import re
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from semihard.mining import semi_hard_triplets
from semihard.visualization import plot_triplets
from semihard.visualization.pictures._plot_triplets import _PAID
from semihard.visualization.pictures._strip import NEUTRAL, RIGHT, WRONG
from tests.visualization.pictures.reading import HOSTILE, samples, solid, texts

# On a line: the first class reaches across the second, so that some positives are farther than every negative.
POINTS = np.array([[0.0], [1.0], [6.0], [2.0], [2.5], [3.0]], np.float32)
LABELS = np.array(["ant", "ant", "ant", "bee", "bee", "bee"])


def test_samples_frames_and_figures(tmp_path):
    triplets = semi_hard_triplets(LABELS, POINTS, 1.0)
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
    triplets = semi_hard_triplets(LABELS, POINTS, 1.0)
    path = plot_triplets(solid(6), LABELS, triplets, tmp_path / "t.svg", rows=count)
    paid = [float(text.split()[1].strip(":")) for text in texts(path) if text.startswith("pays")]
    expected = np.sort(triplets.cost)[::-1][np.linspace(0, 11, count).round().astype(int)]
    np.testing.assert_allclose(paid, expected, rtol=0.01)


def test_hostile_labels_are_text(tmp_path):
    labels = np.array(HOSTILE, object)[[0, 0, 1, 1, 2, 3]]
    triplets = semi_hard_triplets(labels, POINTS, 1.0)
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
    triplets = semi_hard_triplets(LABELS, POINTS, 1.0)
    with pytest.raises(ValueError, match=match):
        plot_triplets(images, labels, triplets, tmp_path / "t.png", **options)
    assert list(tmp_path.iterdir()) == []


def test_no_triplets(tmp_path):
    triplets = semi_hard_triplets(range(6), POINTS)
    with pytest.raises(ValueError, match="at least one positive pair"):
        plot_triplets(solid(6), range(6), triplets, tmp_path / "t.png")
