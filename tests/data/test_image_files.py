"""Images from files: every format, upright, resized as asked; corrupt files are named, never silently trained on."""

import io

import keras
import numpy as np
import pytest
from PIL import Image

from semihard.data import BalancedBatches, BatchPlan, ImageFiles, split_classes


def ramp(height=20, width=30):
    """A smooth picture [height, width, 3] whose left is dark, whose right is red and whose bottom is green."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(0, 250, width)
    image[..., 1] = np.linspace(0, 250, height)[:, None]
    return image


def save(folder, name, image=None, **options):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(ramp() if image is None else image).save(folder / name, **options)
    return folder


def truncated(folder, name):
    """A picture whose file ends in the middle."""
    save(folder, name)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize("name", ["a.png", "a.JPG", "a.webp", "a.bmp", "a.tiff"])
def test_every_format_gives_the_picture(tmp_path, name):
    images = ImageFiles(save(tmp_path, f"one/{name}"), (20, 30))
    assert images[0].dtype == np.uint8
    assert np.abs(images[0].astype(int) - ramp()).mean() < 6  # JPEG and WebP lose some


def test_resizing_is_pillows_with_its_antialiasing(tmp_path):
    save(tmp_path, "one/a.png", ramp(40, 60))
    expected = Image.fromarray(ramp(40, 60)).resize((15, 10), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(ImageFiles(tmp_path, (10, 15))[0], np.asarray(expected))


def test_crop_keeps_the_middle_and_pad_the_whole(tmp_path):
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 10:20] = 255
    save(tmp_path, "one/a.png", wide)
    assert (ImageFiles(tmp_path, (10, 10), fit="crop")[0] == 255).all()
    padded = ImageFiles(tmp_path, (30, 30), fit="pad")[0]
    np.testing.assert_array_equal(padded[10:20], wide)
    assert not padded[:10].any()
    assert not padded[20:].any()


def test_a_picture_from_a_camera_held_sideways_stands_upright(tmp_path):
    """EXIF orientation 6: the first row of the file is the right edge of the scene."""
    exif = Image.Exif()
    exif[0x0112] = 6
    save(tmp_path, "one/a.png", exif=exif)
    np.testing.assert_array_equal(ImageFiles(tmp_path, (30, 20))[0], np.rot90(ramp(), -1))


@pytest.mark.parametrize(("channels", "shape"), [(1, (4, 4, 1)), (3, (4, 4, 3)), (4, (4, 4, 4))])
def test_channels(tmp_path, channels, shape):
    grey = np.full((4, 4), 100, np.uint8)
    image = ImageFiles(save(tmp_path, "one/a.png", grey), (4, 4), channels=channels)[0]
    assert image.shape == shape
    assert (image[..., 0] == 100).all()


def test_sixteen_bits_are_scaled_not_clipped(tmp_path):
    deep = (np.arange(16, dtype=np.uint16) * 4096).reshape(4, 4)
    image = ImageFiles(save(tmp_path, "one/a.png", deep), (4, 4), channels=1)[0]
    np.testing.assert_array_equal(image[..., 0], deep >> 8)


def folder_of(tmp_path, classes=4, each=3):
    """Pictures of one colour each: red 10 · class, green 10 · number."""
    for label in range(classes):
        for number in range(each):
            save(tmp_path, f"c{label}/{number}.png", np.full((6, 6, 3), (10 * label, 10 * number, 0), np.uint8))
    return tmp_path


def test_indexing_like_an_array(tmp_path):
    images = ImageFiles(folder_of(tmp_path), (2, 2))
    assert len(images) == 12
    assert images.labels == [f"c{label}" for label in range(4) for _ in range(3)]
    assert images[np.array([7, 0])][:, 0, 0].tolist() == [[20, 10, 0], [0, 0, 0]]
    assert images[-2:].shape == (2, 2, 2, 3)
    with pytest.raises(IndexError):
        images[12]


def test_parts_of_a_split(tmp_path):
    images = ImageFiles(folder_of(tmp_path), (2, 2))
    train, test = (images.subset(part) for part in split_classes(images.labels))
    assert set(train.labels) | set(test.labels) == set(images.labels)
    assert not set(train.labels) & set(test.labels)
    assert [f"c{image[0, 0, 0] // 10}" for image in test[:]] == test.labels


@pytest.mark.parametrize("columns", ["path,label", "label,path"])
def test_a_table_beside_its_files(tmp_path, columns):
    folder_of(tmp_path)
    rows = [("c1/0.png", "x"), (str(tmp_path / "c2" / "1.png"), "y")]
    rows = [row if columns.startswith("path") else row[::-1] for row in rows]
    (tmp_path / "t.csv").write_text("\n".join([columns, *map(",".join, rows)]))
    images = ImageFiles(tmp_path / "t.csv", (2, 2))
    assert images.labels == ["x", "y"]
    assert images[:][:, 0, 0].tolist() == [[10, 0, 0], [20, 10, 0]]


def test_a_parquet_table_keeps_the_type_of_labels(tmp_path):
    import pyarrow
    from pyarrow import parquet

    folder_of(tmp_path)
    table = pyarrow.table({"label": [2**53, 2**53 + 1], "path": ["c0/0.png", "c0/1.png"], "more": [0, 1]})
    parquet.write_table(table, tmp_path / "t.parquet")
    assert ImageFiles(tmp_path / "t.parquet", (2, 2)).labels == [2**53, 2**53 + 1]


def broken(tmp_path):
    """Two good pictures; one that ends early, one that never was a picture, one that is missing."""
    save(tmp_path, "a.png")
    save(tmp_path, "b.jpg")
    truncated(tmp_path, "half.jpg")
    truncated(tmp_path, "half.png")
    (tmp_path / "text.png").write_text("hello")
    names = ["a.png", "half.jpg", "half.png", "text.png", "missing.png", "b.jpg"]
    (tmp_path / "t.csv").write_text("path,label\n" + "".join(f"{name},{name[0]}\n" for name in names))
    return tmp_path / "t.csv"


def test_corrupt_files_are_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="4 of 6 images") as error:
        ImageFiles(broken(tmp_path), (8, 8))
    for name in ("half.jpg", "half.png", "text.png", "missing.png (no such file)"):
        assert name in str(error.value)
    assert "a.png" not in str(error.value)


def test_corrupt_files_are_left_out_when_asked(tmp_path):
    with pytest.warns(UserWarning, match="4 of 6 images.*left out"):
        images = ImageFiles(broken(tmp_path), (8, 8), corrupt="skip")
    assert [path.name for path in images.paths] == ["a.png", "b.jpg"]
    assert images.labels == ["a", "b"]
    assert {path.name for path in images.skipped} == {"half.jpg", "half.png", "text.png", "missing.png"}
    assert images[:].shape == (2, 8, 8, 3)


def test_unchecked_corrupt_files_raise_when_their_batch_is_made(tmp_path):
    images = ImageFiles(broken(tmp_path), (8, 8), corrupt="unchecked")
    assert len(images) == 6
    with pytest.raises(ValueError, match=r"half\.jpg.*Replace"):
        images[[0, 1]]


def test_nothing_but_corrupt_files_raises(tmp_path):
    truncated(tmp_path, "one/a.png")
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="images that can be read"):
        ImageFiles(tmp_path, (8, 8), corrupt="skip")


def test_progress_counts_every_file(tmp_path):
    seen = []
    ImageFiles(folder_of(tmp_path), (2, 2), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 12) for done in range(1, 13)]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"size": 8}, TypeError, "height, width"),
        ({"size": (8, 0)}, ValueError, "at least 1"),
        ({"channels": 2}, ValueError, "1, 3, 4"),
        ({"fit": "croped"}, ValueError, "'stretch', 'crop', 'pad'.*'croped'"),
        ({"corrupt": "ignore"}, ValueError, "'error', 'skip', 'unchecked'.*'ignore'"),
        ({"path": "nowhere"}, FileNotFoundError, "nowhere"),
    ],
)
def test_wrong_options_raise(tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        ImageFiles(**{"path": folder_of(tmp_path), "size": (2, 2), **options})


@pytest.mark.parametrize("processes", [False, True])
def test_fit_trains_on_the_decoded_pictures(tmp_path, processes):
    """The mean loss, the mean of all pixels trained on, is that of the plan's pictures."""
    images = ImageFiles(folder_of(tmp_path), (2, 2))
    plan = BatchPlan(images.labels, 2, 2)
    inputs = keras.Input((2, 2, 3))
    model = keras.Model(inputs, keras.layers.Flatten()(inputs))
    model.compile("sgd", loss=lambda y, x: keras.ops.mean(x, axis=-1))
    batches = BalancedBatches(images, plan, workers=2, use_multiprocessing=processes)
    history = model.fit(batches, shuffle=False, callbacks=[batches.callback], verbose=0).history
    expected = np.mean([images[plan[0, step]].mean() for step in range(plan.steps)])
    np.testing.assert_allclose(history["loss"], [expected], rtol=1e-5)


def test_a_file_read_from_memory_is_the_same(tmp_path):
    """An independent reading: Pillow from bytes, without draft mode."""
    save(tmp_path, "one/a.jpg", ramp(200, 300), quality=95)
    pixels = np.asarray(Image.open(io.BytesIO((tmp_path / "one" / "a.jpg").read_bytes())).resize((30, 20)))
    assert np.abs(ImageFiles(tmp_path, (20, 30))[0].astype(int) - pixels).max() <= 6
