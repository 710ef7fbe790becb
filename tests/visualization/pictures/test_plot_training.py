"""The training curves, read back from the picture."""

import errno
import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from semihard.visualization import plot_training
from semihard.visualization.pictures._plot_training import _COLORS


def rows_of(picture: np.ndarray, color: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the (rows, columns) of the pixels of exactly this colour."""
    return np.nonzero((np.abs(picture[..., :3] - to_rgb(color)) < 1 / 255).all(axis=-1))


def test_the_curve_falls_when_the_loss_falls(tmp_path):
    """The first blue pixels of a falling loss lie above the last ones; of a rising loss, below."""
    for values, falls in (([0.6, 0.5, 0.4], True), ([0.4, 0.5, 0.6], False)):
        path = plot_training({"loss": values}, tmp_path / "history.png")
        rows, columns = rows_of(imread(path), _COLORS["training"])
        first, last = rows[columns == columns.min()].mean(), rows[columns == columns.max()].mean()
        assert bool(first < last) is falls


def test_each_metric_has_a_panel_with_its_validation(tmp_path):
    one = imread(plot_training({"loss": [2.0, 1.0]}, tmp_path / "one.png"))
    two = imread(plot_training({"loss": [2.0, 1.0], "acc": [0.1, 0.2], "val_acc": [0.1, 0.1]}, tmp_path / "two.png"))
    assert two.shape[1] == 2 * one.shape[1]
    _, columns = rows_of(two, _COLORS["validation"])
    assert len(columns) > 0
    assert columns.min() > one.shape[1] * 0.9, "the validation curve belongs to the second panel"


def test_one_epoch_still_shows_a_point(tmp_path):
    picture = imread(plot_training({"loss": [0.5]}, tmp_path / "history.png"))
    assert len(rows_of(picture, _COLORS["training"])[0]) > 20


def test_hostile_names(tmp_path):
    plot_training({"$\\frac{": [1.0, 2.0]}, tmp_path / "history.svg", title="$_$ <x> &")
    assert (tmp_path / "history.svg").read_text().rstrip().endswith("</svg>")


@pytest.mark.parametrize("history", [{}, {"loss": []}])
def test_no_epoch(tmp_path, history):
    with pytest.raises(ValueError, match="at least one epoch"):
        plot_training(history, tmp_path / "history.png")


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.png or \.svg.*history\.pdf"):
        plot_training({"loss": [1.0]}, tmp_path / "history.pdf")


def test_missing_package(tmp_path, monkeypatch):
    for name in ("matplotlib.figure", "matplotlib.backends.backend_agg"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r'pip install "semihard\[plots\]"'):
        plot_training({"loss": [1.0]}, tmp_path / "history.png")


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        plot_training({"loss": [1.0]}, tmp_path / "history.png")
    assert list(tmp_path.iterdir()) == []


def test_no_global_state(tmp_path):
    code = (
        "import sys; from semihard.visualization import plot_training;"
        "assert 'matplotlib' not in sys.modules, 'imported too early';"
        f"plot_training({{'loss': [2.0, 1.0]}}, {str(tmp_path / 'history.png')!r});"
        "assert 'matplotlib.pyplot' not in sys.modules, 'pyplot'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def drawn(history, **options):
    figures = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            sys.modules["semihard.visualization.pictures._plot_training"],
            "save",
            lambda figure, _: figures.append(figure),
        )
        plot_training(history, "history.png", **options)
    figures[0].draw_without_rendering()
    return figures[0]


@pytest.mark.parametrize("end", [0.5, 0.5001, 0.49, 0.7])
def test_the_last_values_cover_neither_each_other_nor_another_panel(end):
    history = {"loss": [1.0, 0.5], "val_loss": [1.0, end], "auc": [0.0, 1.0], "val_auc": [0.0, 1.0]}
    figure = drawn(history, title="a title of many words " * 100)
    boxes = [text.get_window_extent() for axes in figure.axes for text in axes.texts]
    boxes += [figure._suptitle.get_window_extent(), *(axes._left_title.get_window_extent() for axes in figure.axes)]
    assert len(boxes) == 7
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    width, height = figure.bbox.size
    for box in boxes:
        assert 0 <= box.x0 < box.x1 <= width
        assert 0 <= box.y0 < box.y1 <= height
    for axes, other in zip(figure.axes, figure.axes[1:], strict=False):
        assert max(text.get_window_extent().x1 for text in axes.texts) < other.get_window_extent().x0


def test_many_metrics_go_into_rows():
    """70 panels side by side would be 70 · 6.4 inches wide, more than the 65,536 pixels that a PNG may have here."""
    figure = drawn({f"metric {i}": [0.1, 0.2] for i in range(70)})
    assert figure.bbox.width < 5_000
    assert sum(axes.axison for axes in figure.axes) == 70
