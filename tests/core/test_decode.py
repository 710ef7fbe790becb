"""Image files of every kind: exact, or refused with what to do; one reader for all rooms."""

import pickle
import sys

import numpy as np
import pytest
from PIL import Image

from semihard import visualization
from semihard._core.decode import CorruptImage, MissingImage, image_size, read_image
from semihard.data import ImageFiles

GREY = np.array([[0, 1, 128], [200, 254, 255]], np.uint8)
COLOR = np.stack([GREY, GREY[::-1], 255 - GREY], axis=-1)


def saved(folder, name, pixels, **options):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(folder / name, **options)
    return folder / name


def pixels(path, channels=None):
    return np.asarray(read_image(path, channels))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((GREY / 255).astype(np.float32), GREY),
        (GREY.astype(np.float32), GREY),
        (GREY.astype(np.int32), GREY),
        (np.array([[0, 0.5, 1]], np.float32), [[0, 128, 255]]),
        (np.array([[0, 1]], np.int32), [[0, 1]]),
    ],
    ids=["floats to 1", "floats to 255", "integers", "rounded", "integers stay"],
)
def test_floats_and_wide_integers(tmp_path, values, expected):
    path = saved(tmp_path, "a.tiff", values)
    np.testing.assert_array_equal(pixels(path), expected)
    np.testing.assert_array_equal(pixels(path, 3), np.stack([expected] * 3, axis=-1))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([[-0.5, 0.5]], np.float32), "floats from 0 to 1 or 0 to 255, received values from -0.5 to 0.5"),
        (np.array([[0, 65535.0]], np.float32), "to 65535.0; scale them and save it again"),
        (np.array([[0, np.nan]], np.float32), "from nan"),
        (np.array([[0, np.inf]], np.float32), "to inf"),
        (np.array([[0, 256]], np.int32), "whole numbers from 0 to 255, or 16 bits without sign, .*from 0 to 256"),
        (np.array([[-1, 2**31 - 1]], np.int32), "from -1 to 2147483647"),
    ],
)
def test_values_without_a_meaning_are_refused(tmp_path, values, message):
    path = saved(tmp_path, "a.tiff", values)
    with pytest.raises(CorruptImage, match=message) as error:
        read_image(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["a.png", "a.tiff", "a.pgm"])
def test_sixteen_bits_become_their_upper_byte(tmp_path, name):
    values = np.array([[0, 255, 256], [32768, 65279, 65535]], np.uint16)
    path = tmp_path / name
    if name == "a.pgm":  # which older Pillow reads and does not write
        path.write_bytes(b"P5 3 2 65535\n" + values.astype(">u2").tobytes())
    else:
        saved(tmp_path, name, values)
    np.testing.assert_array_equal(pixels(path), values >> 8)
    np.testing.assert_array_equal(pixels(path, 1), values >> 8)


def test_sixteen_bits_of_the_other_byte_order(tmp_path):
    image = Image.frombytes("I;16B", (2, 1), np.array([0, 65280], ">u2").tobytes())
    image.save(tmp_path / "a.tiff")
    assert pixels(tmp_path / "a.tiff").tolist() == [[0, 255]]


@pytest.mark.parametrize("values", [np.array([[0, 65535]], np.uint16), np.array([[0, 1]], np.float32)])
def test_white_is_zero(tmp_path, values):
    """TIFF's photometric interpretation 0: the largest value is black."""
    Image.fromarray(values).save(tmp_path / "a.tiff", tiffinfo={262: 0})
    data = (tmp_path / "a.tiff").read_bytes()
    black_is_zero = (262).to_bytes(2, "little") + b"\x03\0\x01\0\0\0"
    assert data.count(black_is_zero) == 1
    place = data.index(black_is_zero) + 8
    (tmp_path / "a.tiff").write_bytes(data[:place] + b"\0" + data[place + 1 :])
    assert pixels(tmp_path / "a.tiff").tolist() == [[255, 0]]


def test_one_bit(tmp_path):
    image = Image.fromarray(GREY > 127)
    np.testing.assert_array_equal(pixels(saved(tmp_path, "a.png", image)), np.where(GREY > 127, 255, 0))


def test_grey_with_alpha(tmp_path):
    pair = np.stack([GREY, 255 - GREY], axis=-1)
    path = saved(tmp_path, "a.png", Image.fromarray(pair))
    np.testing.assert_array_equal(pixels(path), np.dstack([GREY, GREY, GREY, 255 - GREY]))
    np.testing.assert_array_equal(pixels(path, 3), np.dstack([GREY] * 3))
    np.testing.assert_array_equal(pixels(path, 1), GREY)


@pytest.mark.parametrize("transparency", [1, bytes([255, 0, 77])])
def test_palettes_with_transparency(tmp_path, transparency, recwarn):
    """Either one colour is transparent, or each has an alpha of its own."""
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    path = saved(tmp_path, "a.png", image, transparency=transparency)
    alpha = [255, 0, 255] if transparency == 1 else list(transparency)
    colors = [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    assert pixels(path).tolist() == [[[*color, a] for color, a in zip(colors, alpha, strict=True)]]
    assert pixels(path, 3).tolist() == [colors]
    assert not recwarn.list


def test_one_transparent_grey(tmp_path):
    path = saved(tmp_path, "a.png", GREY, transparency=128)
    np.testing.assert_array_equal(pixels(path)[..., 3], np.where(GREY == 128, 0, 255))
    np.testing.assert_array_equal(pixels(path, 1), GREY)


def test_cmyk(tmp_path):
    """Without ink white, with all cyan no red, with all black nothing."""
    inks = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255]]], np.uint8)
    path = saved(tmp_path, "a.tiff", Image.fromarray(inks, "CMYK"))
    assert pixels(path).tolist() == [[[255, 255, 255], [0, 255, 255], [0, 0, 0]]]


@pytest.mark.parametrize("name", ["a.gif", "a.tiff", "a.png", "a.webp"])
def test_the_first_of_several_frames(tmp_path, name):
    first, second = (Image.new("RGB", (4, 3), color) for color in ("white", "black"))
    first.save(tmp_path / name, save_all=True, append_images=[second])
    assert pixels(tmp_path / name, 3).min() > 250


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["grey", "deep"])
def test_every_orientation(tmp_path, orientation, kind):
    """What each of the eight says about where row 0 and column 0 of the file are, as NumPy turns it back."""
    turned = {
        1: GREY,
        2: GREY[:, ::-1],
        3: GREY[::-1, ::-1],
        4: GREY[::-1],
        5: GREY.T,
        6: np.rot90(GREY, -1),
        7: np.rot90(GREY, 2).T,
        8: np.rot90(GREY),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = GREY if kind == "grey" else GREY.astype(np.uint16) << 8
    path = saved(tmp_path, "a.png", stored, exif=exif)
    np.testing.assert_array_equal(pixels(path), turned[orientation])


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tiff", "a.gif", "a.bmp"])
def test_truncated(tmp_path, name):
    noise = np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8)
    whole = saved(tmp_path, name, noise).read_bytes()
    for size in (0, 10, len(whole) // 2):
        (tmp_path / name).write_bytes(whole[:size])
        with pytest.raises(CorruptImage, match=f"{name}.*Replace or remove"):
            read_image(tmp_path / name)


def test_a_missing_file_and_a_folder(tmp_path):
    for read in (read_image, image_size):
        with pytest.raises(MissingImage, match=r"none\.png: no such file"):
            read(tmp_path / "none.png")
        with pytest.raises(CorruptImage, match="directory"):
            read(tmp_path)


def test_both_kinds_of_error_and_across_processes(tmp_path):
    """Who reads files catches OSError, who checks data ValueError; processes that decode send it back."""
    for kind, more in ((CorruptImage, (OSError, ValueError)), (MissingImage, (FileNotFoundError, CorruptImage))):
        error = kind("a.png") if kind is MissingImage else kind("a.png", "why")
        again = pickle.loads(pickle.dumps(error))
        assert isinstance(again, more)
        assert (type(again), again.path, again.reason, str(again)) == (kind, "a.png", error.reason, str(error))
        assert "a.png" in str(again)


def test_without_pillow(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r'pip install "semihard\[images\]"'):
        read_image(tmp_path / "a.png")


def test_every_room_reads_the_same(tmp_path):
    """A float TIFF, as `ImageFiles` and as a sprite."""
    (tmp_path / "one").mkdir()
    saved(tmp_path / "one", "a.tiff", (GREY / 255).astype(np.float32))
    np.testing.assert_array_equal(ImageFiles(tmp_path, (2, 3), channels=1)[0][..., 0], GREY)
    np.testing.assert_array_equal(visualization.read_sprite(tmp_path / "one" / "a.tiff", 1), GREY[None])
    saved(tmp_path / "one", "b.tiff", np.array([[0, 256]], np.int32))
    with pytest.raises(ValueError, match=r"1 of 2 images.*b\.tiff \(expected whole numbers from 0 to 255"):
        ImageFiles(tmp_path, (2, 3))
    with pytest.raises(ValueError, match="whole numbers"):
        visualization.read_sprite(tmp_path / "one" / "b.tiff", 1)


def test_bytes_are_called_by_no_address_and_may_be_of_few_formats(tmp_path):
    data = saved(tmp_path, "a.png", COLOR).read_bytes()
    assert image_size(data) == image_size(data, ("PNG",)) == (3, 2)
    for given, formats in ((data, ("JPEG",)), (b"no picture", None)):
        with pytest.raises(CorruptImage) as error:
            image_size(given, formats)
        assert error.value.reason == "cannot identify image file"
