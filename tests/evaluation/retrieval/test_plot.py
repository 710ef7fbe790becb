"""The picture of an evaluation: what is on it, and that nothing on it covers anything else."""

import itertools

import numpy as np
import pytest

from semihard._core import canvas
from semihard.evaluation import evaluate


def drawn(report, **options):
    """The figure as it would be written, all of it drawn."""
    figures = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canvas, "save", lambda figure, _: figures.append(figure))
        report.plot("report.png", **options)
    figures[0].draw_without_rendering()
    return figures[0]


def clusters(classes, spread):
    labels = np.arange(30 * classes) % classes
    rng = np.random.default_rng(0)
    return rng.normal(size=(classes, 5))[labels] + rng.normal(size=(len(labels), 5), scale=spread), labels


def overlap(one, other):
    return (np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])).min() > 0


@pytest.mark.parametrize("spread", [0.01, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("classes", [2, 12])
def test_the_legend_covers_nothing(classes, spread):
    """At any quality of the embeddings: neither a figure with its interval, nor a bar, a name, a number or a title."""
    points, labels = clusters(classes, spread)
    figure = drawn(evaluate(points, labels, resamples=50))
    legend = figure.axes[0].get_legend().get_window_extent().extents
    assert (legend[:2] >= 0).all()
    assert (legend[2:] <= figure.bbox.size).all()
    things = [figure._suptitle]
    for axes in figure.axes:
        lines = [line for line in axes.lines if len(line.get_xdata())]
        names = [*axes.get_xticklabels(), *axes.get_yticklabels()]
        things += [*lines, *axes.patches, *axes.texts, *names, axes.title, axes._left_title]
    assert len(things) > 40
    for thing in things:
        # A line has no thickness of its own here.
        box = thing.get_window_extent().extents + np.array([-1, -1, 1, 1])
        assert not overlap(legend, box), thing


def test_long_names_leave_room_for_the_bars():
    """Names of 300 wide letters, and a title of 16,000: panels keep their places, and texts theirs."""
    points, labels = clusters(16, 3.0)
    names = [f"{'W' * 300} {label}" for label in labels]
    figure = drawn(evaluate(points, names, resamples=50), title="long title " * 1500)
    width, height = figure.bbox.size
    texts = [figure._suptitle, *(axes._left_title for axes in figure.axes)]
    for axes in figure.axes:
        assert axes.get_window_extent().width > 0.1 * width
        texts += axes.get_yticklabels()
    boxes = [text.get_window_extent().extents for text in texts]
    for left, bottom, right, top in boxes:
        assert 0 <= left < right <= width
        assert 0 <= bottom < top <= height
    for one, other in itertools.combinations(boxes, 2):
        assert not overlap(one, other)
    # Their ends tell long names apart.
    shown = [text.get_text() for text in figure.axes[1].get_yticklabels()]
    assert len(set(shown)) == len(shown) == 15
