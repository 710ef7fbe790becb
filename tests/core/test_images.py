"""Arrays of images: one meaning of every dtype, layout and kind of list, in every room that takes them."""

import numpy as np
import pytest
from PIL import Image

from semihard import visualization
from semihard._core.images import as_bytes, as_floats, checked_images
from semihard.visualization import plot_embedding, plot_neighbors, plot_triplets, sprite_sheet, write_mosaic
from semihard.visualization.viewer.sheets import make_sheets

RAMP = np.arange(24, dtype=np.uint8).reshape(2, 4, 3) * 11  # from 0 to 253
COLOR = np.random.default_rng(0).integers(0, 256, (2, 5, 6, 3), np.uint8)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.int64])
def test_integers_count_from_0_to_255(dtype):
    found = checked_images(RAMP.astype(dtype))
    np.testing.assert_array_equal(as_bytes(found), RAMP)
    np.testing.assert_allclose(as_floats(found), RAMP / 255, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_count_from_0_to_1(dtype):
    found = checked_images((RAMP / 255).astype(dtype))
    np.testing.assert_array_equal(as_bytes(found), RAMP)
    np.testing.assert_allclose(as_floats(found), RAMP / 255, atol=1e-3)


def test_true_is_white():
    found = checked_images(np.array([[[False, True]]]))
    assert as_bytes(found).tolist() == [[[0, 255]]]
    assert as_floats(found).tolist() == [[[0, 1]]]


def test_rounding_beyond_the_ends_is_let_through():
    found = checked_images(np.array([[[-1e-7, 1 + 1e-6]]]))
    assert as_bytes(found).tolist() == [[[0, 255]]]
    assert as_floats(found).tolist() == [[[0, 1]]]


def test_channels_first_where_nothing_else_can_be_meant():
    np.testing.assert_array_equal(checked_images(np.moveaxis(COLOR, 3, 1)), COLOR)
    np.testing.assert_array_equal(checked_images(COLOR[:, None, ..., 0]), COLOR[..., 0])
    ambiguous = np.zeros((2, 3, 8, 4), np.uint8)  # RGBA of 3 × 8 pixels
    assert checked_images(ambiguous).shape == ambiguous.shape


def test_lists_of_arrays_and_of_numbers():
    np.testing.assert_array_equal(checked_images(list(COLOR)), COLOR)
    np.testing.assert_array_equal(checked_images(RAMP.tolist()), RAMP)
    each = np.empty(2, object)
    each[:] = list(COLOR)
    np.testing.assert_array_equal(checked_images(each), COLOR)


def test_lists_of_pillows_images_of_any_mode():
    color = [Image.fromarray(image) for image in COLOR]
    np.testing.assert_array_equal(checked_images(color), COLOR)
    palette = [image.quantize(16) for image in color]  # whose values are places in a palette
    expected = [np.asarray(image.convert("RGBA")) for image in palette]
    np.testing.assert_array_equal(checked_images(palette), expected)
    assert as_bytes(checked_images([Image.new("1", (2, 2), 1)])).min() == 255
    deep = Image.fromarray(np.array([[0, 65535]], np.uint16))
    assert checked_images([deep]).tolist() == [[[0, 255]]]


def test_no_copy_of_what_is_right():
    assert np.shares_memory(checked_images(COLOR), COLOR)
    assert np.shares_memory(as_bytes(checked_images(COLOR)), COLOR)


WRONG = [
    (RAMP * 1.0, ValueError, "Divide them by 255"),
    (RAMP.astype(np.float32) / 127 - 1, ValueError, "0 to 1. Received: values from -1.0 to.*lowest"),
    (np.where(RAMP > 250, np.nan, 0), ValueError, "NaN comes from"),
    (RAMP.astype(int) + 200, ValueError, "integers of `images` from 0 to 255.*from 200 to 453"),
    (RAMP.astype(np.int8) - 100, ValueError, "from 0 to 255"),
    (RAMP.astype(complex), TypeError, "complex128"),
    (np.array([["a"]]), ValueError, "shape"),
    (COLOR[..., :2], ValueError, r"\[n, height, width, 1, 3 or 4\]"),
    ([], ValueError, "shape"),
    ([RAMP[0], RAMP[1] / 255], TypeError, "one dtype.*float64, uint8"),
    ([RAMP[0], COLOR[0]], ValueError, "of one size"),
    ([[[1, 2], [3]]], ValueError, "of one size"),
    (Image.fromarray(COLOR[0]), TypeError, "into a list"),
]


@pytest.mark.parametrize(("images", "error", "message"), WRONG)
def test_wrong_images(images, error, message):
    with pytest.raises(error, match=message):
        checked_images(images)


def rooms(path):
    """Every public function that takes images, on two of them."""
    points, labels = np.array([[0.0, 0], [1, 1]]), ["a", "b"]
    triplets = [np.array([value]) for value in (0, 1, 1, False, 0.1, 0.2, 0.3)]
    return {
        "sprite_sheet": sprite_sheet,
        "make_sheets": lambda images: make_sheets(images, 2),
        "make_view": lambda images: visualization.make_view(points, labels, images=images, methods=["pca"]),
        "plot_embedding": lambda images: plot_embedding(points, labels, path, images=images),
        "plot_neighbors": lambda images: plot_neighbors(images, points, labels, path, k=1),
        "plot_triplets": lambda images: plot_triplets(images, labels, triplets, path),
        "write_mosaic": lambda images: write_mosaic(images, points, path),
    }


@pytest.mark.parametrize("room", rooms(""))
def test_every_room_means_the_same(tmp_path, room):
    """Floats from 0 to 255 are refused by all, and all draw colours with channels first or last alike."""
    draw = rooms(tmp_path / "a.png")[room]
    for images, error, message in WRONG[:5]:
        with pytest.raises(error, match=message):
            draw(images)

    def drawn(images):
        found = draw(images)
        if isinstance(found, np.ndarray):
            return found.tobytes()
        sheets = getattr(found, "sheets", found)
        return sheets.pngs if hasattr(sheets, "pngs") else found.read_bytes()

    expected = drawn(COLOR)
    for same in (COLOR / 255, np.moveaxis(COLOR, 3, 1), COLOR.astype(np.int64), [Image.fromarray(i) for i in COLOR]):
        assert drawn(same) == expected
