"""Queries with what a search found: pictures that are missing, grey and colored ones, lengths that do not fit."""

import numpy as np
import pytest
from PIL import Image

from semihard.visualization import plot_search

GREY, COLORED = np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3), np.float32)


@pytest.mark.parametrize("picture", [GREY, COLORED])
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_missing_picture_is_a_grey_tile(tmp_path, picture, suffix):
    path = tmp_path / f"found.{suffix}"
    found = plot_search([picture], [[picture, None]], [[0.1, 0.9]], [["$a$\n", None]], [[True, False]], path)
    assert found == path
    assert path.stat().st_size > 500


@pytest.mark.parametrize(
    ("distances", "labels", "within"),
    [([[0.1]], [["a", "b"]], [[True, True]]), ([[0.1, 1]], [["a"]], [[True, True]]), ([[0.1, 1]], [["a", "b"]], [[1]])],
)
def test_lengths_that_do_not_fit(tmp_path, distances, labels, within):
    with pytest.raises(ValueError, match="of a neighbour each"):
        plot_search([GREY], [[GREY, GREY]], distances, labels, within, tmp_path / "found.png")
    assert not list(tmp_path.iterdir())


def test_the_heading_fits_beside_a_single_neighbor(tmp_path):
    """It says what the cross means; nothing reaches the right edge."""
    path = plot_search([GREY], [[GREY]], [[0.5]], [["cat"]], [[False]], tmp_path / "one.png")
    edge = np.asarray(Image.open(path).convert("L"))[:, -8:]
    assert (edge == 255).all()
