"""The sheet of pictures: where the projector's shader looks for each one, what comes back, how it shrinks."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from semihard.visualization import read_sprite, sprite_sheet, write_sprite
from semihard.visualization.projector import sprite


def as_the_shader_finds(sheet: np.ndarray, index: int, width: int, height: int) -> np.ndarray:
    """TensorBoard's vertex shader: column index mod (sprites a row), row floor(index / sprites a *column*)."""
    column = index % (sheet.shape[1] // width)
    row = index // (sheet.shape[0] // height)
    return sheet[row * height : (row + 1) * height, column * width : (column + 1) * width]


def pictures(count: int, height: int = 3, width: int = 2, channels: tuple[int, ...] = ()) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, height, width, *channels), np.uint8)


@given(st.integers(1, 70), st.sampled_from([(), (3,), (4,)]))
def test_the_shader_finds_each_picture(count, channels):
    images = pictures(count, channels=channels)
    sheet = sprite_sheet(images)
    assert sheet.shape[0] // 3 == sheet.shape[1] // 2
    assert (sheet.shape[0] // 3 - 1) ** 2 < count <= (sheet.shape[0] // 3) ** 2
    for i, image in enumerate(images):
        np.testing.assert_array_equal(as_the_shader_finds(sheet, i, 2, 3), image)
    assert int(sheet.sum(dtype=np.int64)) == int(images.sum(dtype=np.int64))  # missing places are 0


@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
@pytest.mark.parametrize("count", [1, 2, 4, 5, 40])
def test_a_file_comes_back(tmp_path, count, channels):
    images = pictures(count, channels=channels)
    assert write_sprite(images, tmp_path / "sprite.png") == tmp_path / "sprite.png"
    expected = images[..., 0] if channels == (1,) else images
    np.testing.assert_array_equal(read_sprite(tmp_path / "sprite.png", count), expected)
    assert [file.name for file in tmp_path.iterdir()] == ["sprite.png"]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_rounded(dtype):
    """0.5 · 255 = 127.5 is 128; a value of uint8 divided by 255 comes back."""
    assert sprite_sheet(np.array([[[0.5]]], dtype)).tolist() == [[128]]
    every = np.arange(256, dtype=np.uint8).reshape(256, 1, 1)
    np.testing.assert_array_equal(sprite_sheet((every / 255).astype(dtype)), np.arange(256).reshape(16, 16))


def test_a_large_sheet_is_shrunk(monkeypatch, tmp_path):
    """At most 12 pixels a side, 3 pictures a row: 4 pixels for the longer side of 8 × 6, and each pixel a mean of 4."""
    monkeypatch.setattr(sprite, "MAX_SIDE", 12)
    images = pictures(7, 8, 6)
    write_sprite(images, tmp_path / "sprite.png")
    found = read_sprite(tmp_path / "sprite.png", 7)
    means = images.reshape(7, 4, 2, 3, 2).mean(axis=(2, 4))
    assert found.shape == (7, 4, 3)
    np.testing.assert_allclose(found, means, atol=1)
    with pytest.raises(ValueError, match=r"at most 12² pictures.*145"):
        sprite_sheet(pictures(145, 8, 6))
    assert sprite_sheet(pictures(144, 8, 1)).shape == (12, 12)


def test_sheets_of_others(tmp_path):
    """A palette, and a grey sheet with alpha, are read as RGBA; a sheet that is not square is refused."""
    Image.new("P", (4, 4)).save(tmp_path / "palette.png")
    assert read_sprite(tmp_path / "palette.png", 4).shape == (4, 2, 2, 4)
    Image.new("L", (20, 2)).save(tmp_path / "wide.png")
    with pytest.raises(ValueError, match=r"40 pictures on a grid of 7 × 7. Received: 20 × 2 pixels"):
        read_sprite(tmp_path / "wide.png", 40)
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(OSError, match="cannot identify"):
        read_sprite(tmp_path / "text.png", 1)


@pytest.mark.parametrize(
    ("images", "error", "match"),
    [
        (np.zeros((2, 2), np.uint8), ValueError, r"\[n, height, width\].*shape \(2, 2\)"),
        (np.zeros((0, 2, 2), np.uint8), ValueError, r"shape \(0, 2, 2\)"),
        (np.zeros((2, 2, 2, 2), np.uint8), ValueError, r"1, 3 or 4.*shape \(2, 2, 2, 2\)"),
        (np.zeros((1, 2, 2), complex), TypeError, "uint8, or floats.*complex128"),
        (np.full((1, 2, 2), 256), ValueError, "0 to 255. Received: values from 256 to 256"),
        (np.full((1, 2, 2), 255.0), ValueError, r"0 to 1. Received: values from 255.0 to 255.0"),
        (np.full((1, 2, 2), np.nan), ValueError, "0 to 1. Received: values from nan"),
        ([np.zeros((2, 2)), np.zeros((3, 2))], ValueError, "of one size"),
    ],
)
def test_errors_leave_no_file(tmp_path, images, error, match):
    with pytest.raises(error, match=match):
        write_sprite(images, tmp_path / "sprite.png")
    assert list(tmp_path.iterdir()) == []


def test_missing_package(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert sprite_sheet(pictures(1)).shape == (3, 2)
    with pytest.raises(ImportError, match=r'pillow.*pip install "semihard\[images\]"'):
        write_sprite(pictures(1), tmp_path / "sprite.png")
