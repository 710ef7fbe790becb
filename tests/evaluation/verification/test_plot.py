"""The picture holds both curves, and says nothing below what the pairs can say."""

import numpy as np
import pytest
from matplotlib.image import imread

from semihard.evaluation import verify


def report(classes=12):
    rng = np.random.default_rng(0)
    labels = np.arange(classes).repeat(10)
    return verify(rng.normal(size=(classes, 4))[labels] + rng.normal(size=(len(labels), 4)), labels, resamples=0)


def test_both_panels_have_a_curve(tmp_path):
    pixels = imread(report().plot(tmp_path / "v.png", title="$ a title"))[..., :3]
    blue = (np.abs(pixels - np.array([0x1F, 0x5F, 0xA8]) / 255) < 2 / 255).all(axis=-1)
    middle = blue.shape[1] // 2
    assert blue[:, :middle].sum() > 1000
    assert blue[:, middle:].sum() > 1000


def test_few_pairs_and_svg(tmp_path):
    small = verify([[0.0], [1.0], [1.5], [4.0]], [7, 7, 8, 8], resamples=0)
    assert small.plot(tmp_path / "v.svg").read_text().startswith("<?xml")
    with pytest.raises(ValueError, match=r"\.png or \.svg"):
        small.plot(tmp_path / "v.jpg")
