"""The ten class colours, measured as colour-blind readers see them; the colour of text on them."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from semihard.visualization.pictures._colors import TEN, class_colors, text_color

# Machado, Oliveira, Fernandes: "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009),
# severity 1.0, to be applied to linear RGB.
VISION = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(color: str) -> np.ndarray:
    c = np.array(to_rgb(color))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Björn Ottosson's OKLab of linear RGB [3]."""
    to_lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.array(to_lab) @ np.cbrt(np.array(to_lms) @ np.clip(rgb, 0, 1))


def smallest_distance(colors, vision: str) -> float:
    seen = [oklab(np.array(VISION[vision]) @ linear(color)) for color in colors]
    return min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))


@pytest.mark.parametrize("vision", VISION)
def test_ten_colors_stay_apart(vision):
    assert smallest_distance(TEN, vision) >= 0.10


def test_the_measure_can_fail():
    """Matplotlib's default ten are known not to be safe: its orange and green meet for protan readers."""
    assert smallest_distance([f"C{i}" for i in range(10)], "protan") < 0.01


@pytest.mark.parametrize("count", [1, 2, 10, 11, 100])
def test_as_many_distinct_colors_as_asked(count):
    colors = class_colors(count)
    assert len(set(colors)) == len(colors) == count
    assert all(len(to_rgb(color)) == 3 for color in colors)


@pytest.mark.parametrize("color", [*TEN, "#000000", "#ffffff", "#777777"])
def test_text_has_at_least_the_contrast_of_wcag_aa(color):
    """WCAG 2: (lighter + 0.05) / (darker + 0.05) ≥ 4.5, which black or white reaches on any colour."""
    weights = [0.2126, 0.7152, 0.0722]
    text, background = (linear(c) @ weights for c in (text_color(color), color))
    assert (max(text, background) + 0.05) / (min(text, background) + 0.05) >= 4.5
