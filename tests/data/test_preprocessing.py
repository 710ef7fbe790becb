"""Preprocessing: the array of training, bit for bit, from a path, bytes, an image or an array; without Keras."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from semihard.data import ImageFiles, Preprocessing

FILES = ("a.png", "a.jpg", "sideways.jpg", "palette.gif", "deep.png", "clear.png", "cmyk.jpg", "large.jpg")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures of every kind in one class; `large.jpg` is decoded at a fraction of its size."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "one").mkdir()
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(256, size=(30, 40, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    deep = Image.fromarray(rng.integers(2**16, size=(30, 40), dtype=np.uint16))
    kinds = {
        "a.png": (picture, {}),
        "a.jpg": (picture, {}),
        "sideways.jpg": (picture, {"exif": exif}),
        "palette.gif": (picture.convert("P"), {}),
        "deep.png": (deep, {}),
        "clear.png": (picture.convert("RGBA"), {}),
        "cmyk.jpg": (picture.convert("CMYK"), {}),
        "large.jpg": (picture.resize((640, 480)), {}),
    }
    assert set(kinds) == set(FILES)
    for name, (image, options) in kinds.items():
        image.save(folder / "one" / name, **options)
    return folder


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_it_is_what_training_reads(folder, name, fit, channels):
    images = ImageFiles(folder, (24, 20), channels=channels, fit=fit)
    path = folder / "one" / name
    expected = images[images.paths.index(path)]
    preprocessing = Preprocessing.from_json(images.preprocessing.to_json())
    assert preprocessing.shape == images.shape[1:]
    data = path.read_bytes()
    for picture in (path, str(path), data, bytearray(data), memoryview(data), Image.open(path)):
        found = preprocessing(picture)
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, expected)
    with Image.open(io.BytesIO(data)) as opened:
        np.testing.assert_array_equal(preprocessing(opened), expected)
        np.testing.assert_array_equal(preprocessing(opened), expected)  # it was not used up


def test_an_array_is_read_as_its_file(folder):
    path = folder / "one" / "a.png"
    preprocessing = Preprocessing(16)
    pixels = np.asarray(Image.open(path))
    for picture in (pixels, pixels / np.float32(255), Image.fromarray(pixels)):
        np.testing.assert_array_equal(preprocessing(picture), preprocessing(path))
    assert (Preprocessing(4)(np.full((9, 9), 7, np.uint8)) == 7).all()


@pytest.mark.parametrize(("scaling", "low", "high"), [("unit", 0, 1), ("symmetric", -1, 1)])
def test_scalings(scaling, low, high):
    picture = np.array([[0, 255]], np.uint8)
    found = Preprocessing((1, 2), "grayscale", scaling=scaling)(picture)
    assert found.dtype == np.float32
    assert found[0, :, 0].tolist() == [low, high]


def test_json_is_a_file_or_a_text(tmp_path):
    preprocessing = Preprocessing((8, 6), "grayscale", "pad", "unit")
    text = preprocessing.to_json(tmp_path / "preprocessing.json")
    assert (tmp_path / "preprocessing.json").read_text() == text
    assert json.loads(text)["size"] == [8, 6]
    assert Preprocessing.from_json(tmp_path / "preprocessing.json") == Preprocessing.from_json(text) == preprocessing


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fit": "streched"}, "one of 'stretch', 'crop', 'pad'"),
        ({"fits": "pad"}, "Did you mean 'fit'"),
        ({"version": 2}, "version 2"),
        ({"resample": "nearest"}, "'nearest'"),
        ({"size": None}, "height, width"),
        ({"size": [8, 0]}, "at least 1"),
    ],
)
def test_wrong_json_is_refused(change, message):
    text = json.dumps(json.loads(Preprocessing(8).to_json()) | change)
    with pytest.raises((TypeError, ValueError), match=message):
        Preprocessing.from_json(text)


@pytest.mark.parametrize("text", ["{", "{}", '{"version": 1}'])
def test_other_json_is_refused(text):
    with pytest.raises(ValueError, match="Expected the text"):
        Preprocessing.from_json(text)


@pytest.mark.parametrize("picture", [None, 3, [1, 2]])
def test_what_is_no_picture_is_refused(picture):
    with pytest.raises(TypeError, match="Expected a picture"):
        Preprocessing(8)(picture)


def test_broken_files_are_refused(folder, tmp_path):
    data = (folder / "one" / "a.png").read_bytes()
    (tmp_path / "half.png").write_bytes(data[: len(data) // 2])
    for picture, name in ((data[:100], "the bytes given"), (b"text", "the bytes"), (tmp_path / "half.png", "half.png")):
        with pytest.raises(OSError, match=name):
            Preprocessing(8)(picture)
    with Image.open(tmp_path / "half.png") as opened, pytest.raises(OSError, match="the image given"):
        Preprocessing(8)(opened)


def test_a_table_may_say_which_part_an_image_is_in(folder, tmp_path):
    rows = "".join(f"{folder / 'one' / name},x,{part}\n" for name, part in (("a.png", "train"), ("a.jpg", "val")))
    (tmp_path / "table.csv").write_text("path,label,split\n" + rows)
    images = ImageFiles(tmp_path / "table.csv", (8, 8))
    assert images.split == ["train", "val"]
    assert images.subset([1]).split == ["val"]
    assert ImageFiles(folder, (8, 8)).split is None


def test_it_does_without_keras(folder):
    program = (
        "import sys; from semihard.data import Preprocessing; "
        f"print(Preprocessing(8)({str(folder / 'one' / 'a.png')!r}).sum(), 'keras' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert found == [str(Preprocessing(8)(folder / "one" / "a.png").sum()), "False"]
