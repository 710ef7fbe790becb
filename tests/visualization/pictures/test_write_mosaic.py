"""The mosaic, decoded: who is where, in which colour."""

import errno
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from semihard.visualization import write_mosaic
from semihard.visualization.pictures._colors import TEN


def numbered(n: int, height: int = 4, width: int = 4) -> np.ndarray:
    """Images of one colour each, which tells who they are: red and green are the number, blue is 7."""
    images = np.full((n, height, width, 3), 7, np.uint8)
    images[..., 0], images[..., 1] = (np.arange(n) // 200)[:, None, None], (np.arange(n) % 200)[:, None, None]
    return images


def places(path, across: int, down: int) -> dict[int, tuple[int, int]]:
    """Number → (row, column) of each tile of one colour; fails where a tile is of several."""
    picture = np.asarray(Image.open(path).convert("RGB"))
    rows, columns = picture.shape[0] // down, picture.shape[1] // across
    assert picture.shape[:2] == (rows * down, columns * across)
    found: dict[int, tuple[int, int]] = {}
    for row in range(rows):
        for column in range(columns):
            tile = picture[row * down : (row + 1) * down, column * across : (column + 1) * across].reshape(-1, 3)
            assert (tile == tile[0]).all()
            if tile[0, 2] == 7:
                number = int(tile[0, 0]) * 200 + int(tile[0, 1])
                assert number not in found, "twice"
                found[number] = (row, column)
            else:
                assert (tile == 255).all()
    return found


@pytest.mark.parametrize("fill", [1, 1.0, 0.6, 0.1])
def test_each_sample_is_there_once(tmp_path, fill):
    points = np.random.default_rng(0).normal(size=(777, 2))
    path = write_mosaic(numbered(777), points, tmp_path / "m.png", fill=fill, tile=4)
    assert sorted(places(path, 4, 4)) == list(range(777))


def test_places_are_those_of_the_map(tmp_path):
    """Right on the map is right, up is up: the order of columns and rows is that of the points on a cross."""
    points = [[-3, 0], [-1, 0], [2, 0], [0, 3], [0, -2]]
    found = places(write_mosaic(numbered(5), points, tmp_path / "m.png", fill=0.1, tile=4), 4, 4)
    columns = [found[i][1] for i in (0, 1, 3, 2)]
    rows = [found[i][0] for i in (3, 0, 4)]
    assert columns == sorted(set(columns))
    assert rows == sorted(set(rows))


def test_the_same_file_every_time(tmp_path):
    points = np.random.default_rng(0).normal(size=(300, 2))
    first, second = (
        write_mosaic(numbered(300)[..., 1], points, tmp_path / name, labels=np.arange(300) % 3).read_bytes()
        for name in ("a.png", "b.png")
    )
    assert first == second


def test_width_and_tile(tmp_path):
    """10 × 10 cells and an empty one at each edge: 12 columns. 12 px each, or as many as 100 px hold, which is 8."""
    points = np.argwhere(np.ones((10, 10)))
    for options, expected in (({"tile": 12}, 144), ({"width": 100}, 96), ({}, 1596)):
        path = write_mosaic(numbered(100), points, tmp_path / "m.png", fill=1, **options)
        assert Image.open(path).size == (expected, expected)


def test_tiles_have_the_shape_of_the_images(tmp_path):
    """Images three times as high as wide: so are the tiles, and the whole still has the map's shape, about square."""
    points = np.random.default_rng(0).uniform(size=(400, 2))
    path = write_mosaic(numbered(400, 6, 2), points, tmp_path / "m.png", tile=4)
    assert len(places(path, 4, 12)) == 400
    width, height = Image.open(path).size
    assert 0.7 < width / height < 1.4


def test_grey_images_take_the_color_of_their_class(tmp_path):
    """An empty image is paper tinted by its class, in the sorted order of labels; ink is darker than paper.

    Two points beside each other lie in the first and the last of three cells.
    """
    images = np.zeros((2, 8, 8))
    for form in (images, images[..., None], images.astype(np.uint8), images.astype(bool)):
        path = write_mosaic(form, [[0, 0], [1, 0]], tmp_path / "m.png", labels=["b", "a"], tile=8, fill=1)
        seen = np.asarray(Image.open(path).convert("RGB"), float)[12]
        left, right = seen[12], seen[28]
        for shown, color in ((left, TEN[1]), (right, TEN[0])):
            expected = 255 - 0.35 * (255 - np.array(list(bytes.fromhex(color[1:]))))
            np.testing.assert_allclose(shown, expected, atol=1)
    images[0, 2:6, 2:6] = 1
    path = write_mosaic(images, [[0, 0], [1, 0]], tmp_path / "m.png", labels=["b", "a"], tile=8, fill=1)
    inked = np.asarray(Image.open(path).convert("RGB"), float)[12, 12]
    assert inked.sum() < left.sum() - 100


def test_color_images_are_framed_in_the_color_of_their_class(tmp_path):
    path = write_mosaic(numbered(2, 16, 16), [[0, 0], [1, 0]], tmp_path / "m.png", labels=[[5], [4]], tile=16, fill=1)
    picture = np.asarray(Image.open(path).convert("RGB"))
    assert ["#" + bytes(picture[16, column]).hex() for column in (16, 48)] == [TEN[1], TEN[0]]
    assert [tuple(picture[24, column]) for column in (24, 56)] == [(0, 0, 7), (0, 1, 7)]


def test_transparent_images_lie_on_white(tmp_path):
    images = np.zeros((1, 4, 4, 4))
    path = write_mosaic(images, [[0, 0]], tmp_path / "m.png", tile=4)
    assert (np.asarray(Image.open(path)) == 255).all()


@pytest.mark.parametrize("points", [[[1.0, 2.0]], [[0.0, 0.0], [0.0, 5.0]], [[3.0, 3.0]] * 50, [[0.0, 1e300]] * 3])
def test_degenerate_maps(tmp_path, points):
    path = write_mosaic(numbered(len(points)), points, tmp_path / "m.png", tile=4)
    assert sorted(places(path, 4, 4)) == list(range(len(points)))
    width, height = Image.open(path).size
    assert max(width, height) < 200


def test_many_classes(tmp_path):
    labels = [f"class {i}" for i in range(50)]
    points = np.random.default_rng(0).normal(size=(50, 2))
    path = write_mosaic(np.zeros((50, 4, 4)), points, tmp_path / "m.png", labels=labels, tile=4)
    assert len(np.unique(np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3), axis=0)) == 51


@pytest.mark.parametrize(
    ("points", "options", "match"),
    [
        (np.zeros((2, 3)), {}, r"\[n, 2\]. Received: shape \(2, 3\)"),
        ([[0, 0], [0, np.inf]], {}, "finite"),
        (np.zeros((3, 2)), {}, r"\[3, height, width\].*Received: shape \(2, 4, 4, 3\)"),
        (np.zeros((2, 2)), {"labels": [1]}, r"to be \[2\].*Received: shape \(1,\)"),
        (np.zeros((2, 2)), {"fill": 0}, "between 0 and 1"),
        (np.zeros((2, 2)), {"fill": 1.5}, "between 0 and 1"),
        (np.zeros((2, 2)), {"width": 3}, "one pixel for each of the columns. Received: width=3"),
        (np.zeros((2, 2)), {"width": 100, "tile": 3}, "Leave one out"),
        (np.zeros((2, 2)), {"tile": 0}, "at least 1"),
    ],
)
def test_errors_leave_no_file(tmp_path, points, options, match):
    with pytest.raises(ValueError, match=match):
        write_mosaic(numbered(2), points, tmp_path / "m.png", **options)
    assert list(tmp_path.iterdir()) == []


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.png.*m\.svg"):
        write_mosaic(numbered(1), [[0, 0]], tmp_path / "m.svg")


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_mosaic(numbered(1), [[0, 0]], tmp_path / "m.png")
    assert list(tmp_path.iterdir()) == []


def test_pillow_is_enough(tmp_path):
    """Neither matplotlib nor SciPy for up to ten classes; without Pillow, the error says what to install."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['matplotlib', 'scipy']));"
        "from semihard.visualization import write_mosaic;"
        f"args = [[[[0.0]]], [[0, 0]], {str(tmp_path / 'm.png')!r}]; write_mosaic(*args, labels=[1]);"
        "sys.modules['PIL'] = None; write_mosaic(*args)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert 'pip install "semihard[images]"' in ended.stderr.splitlines()[-1]
    assert (tmp_path / "m.png").exists()
