"""Pictures: on their sheets at the right place, from folders in the right order, small enough for a page."""

import io
import itertools
import os

import numpy as np
import pytest
from PIL import Image

from semihard.visualization import make_view, write_sprite
from semihard.visualization.viewer.images import read_images
from semihard.visualization.viewer.sheets import make_sheets, side_for, single_pictures


def pictures(count, height=6, width=4, *channels):
    return np.random.default_rng(0).integers(0, 256, size=(count, height, width, *channels), dtype=np.uint8)


@pytest.mark.parametrize("channels", [(), (3,)])
@pytest.mark.parametrize("count", [1, 2, 5, 26])
def test_every_picture_comes_back(count, channels):
    given = pictures(count, 6, 4, *channels)
    found = list(single_pictures(make_sheets(given, count), count))
    np.testing.assert_array_equal(found, given)


def test_many_pictures_take_several_sheets(monkeypatch):
    """Sheets of at most 12 pixels a side hold 2 × 2 pictures of 6 pixels; 10 of them take three."""
    monkeypatch.setattr("semihard.visualization.viewer.sheets._SHEET", 12)
    monkeypatch.setattr("semihard.visualization.viewer.sheets._SMALLEST", 1)
    given = pictures(10)
    sheets = make_sheets(given, 10)
    assert (sheets.per_sheet, len(sheets.pngs)) == (4, 3)
    np.testing.assert_array_equal(list(single_pictures(sheets, 10)), given)


@pytest.mark.parametrize("count", [1, 100, 16_384, 99_999, 400_000])
def test_what_fits_is_used(count):
    """As many squares of the side that is promised fit on four sheets of 4,096 pixels."""
    side = side_for(count)
    assert 12 <= side <= 64
    assert 4 * (4096 // side) ** 2 >= count


def test_too_many_have_none():
    assert side_for(1_000_000) is None
    assert make_sheets(np.zeros((500_000, 1, 1), np.uint8), 500_000) is None


def test_large_ones_shrink_and_transparent_ones_are_white():
    given = np.zeros((2, 200, 100, 4), np.uint8)
    given[1] = [255, 0, 0, 255]
    sheets = make_sheets(given, 2)
    assert (sheets.width, sheets.height) == (32, 64)
    blank, red = single_pictures(sheets, 2)
    assert (blank == 255).all()
    assert (red == [255, 0, 0]).all()


def test_every_sheet_is_a_png_of_at_most_4096_pixels():
    sheets = make_sheets(pictures(3000, 64, 64), 3000)
    for data in sheets.pngs:
        assert max(Image.open(io.BytesIO(data)).size) <= 4096


def test_a_sprite_sheet_is_read(tmp_path):
    given = pictures(5)
    path = write_sprite(given, tmp_path / "sprite.png")
    np.testing.assert_array_equal(read_images(path, 5, {}), given)


def colours(folder, names):
    """One plain colour a file, in the order of the names; returned as such."""
    shades = [(10 * i, 200 - 10 * i, 5 * i) for i in range(len(names))]
    for name, shade in zip(names, shades, strict=True):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (30, 30), shade).save(path)
    return shades


def test_a_folder_in_the_order_of_its_names(tmp_path):
    names = ["a/2.png", "a/1.png", "b/0.png"]
    shades = dict(zip(names, colours(tmp_path, names), strict=True))
    (tmp_path / "note.txt").write_text("no picture")
    for left_behind in ("._1.png", ".ipynb_checkpoints/1.png", "__MACOSX/1.png"):
        (tmp_path / left_behind).parent.mkdir(exist_ok=True)
        (tmp_path / left_behind).write_text("no picture")
    found = read_images(tmp_path, 3, {"label": ["x", "y", "z"]})
    assert [tuple(picture[32, 32]) for picture in found] == [shades[name] for name in sorted(names)]


@pytest.mark.parametrize("column", ["image", "file", "path", "filename"])
def test_a_folder_by_a_column(tmp_path, column):
    shades = colours(tmp_path, ["a.png", "b.png"])
    seen = []
    found = read_images(tmp_path, 2, {column: ["b.png", "a.png"]}, lambda *at: seen.append(at))
    assert [tuple(picture[32, 32]) for picture in found] == [shades[1], shades[0]]
    assert seen == [(1, 2), (2, 2)]


def test_pictures_of_any_shape_lie_whole_on_a_white_square(tmp_path):
    Image.new("RGB", (400, 100), "black").save(tmp_path / "wide.png")
    (picture,) = read_images(tmp_path, 1, {})
    assert picture.shape == (64, 64, 3)
    assert (picture[26:38] == 0).all()
    assert (picture[:20] == 255).all()


def test_a_folder_has_deep_pictures_as_they_look(tmp_path):
    """Pillow clips 16 bits to 255, and floats from 0 to 1 to 0 or 1."""
    Image.fromarray(np.full((64, 64), 32768, np.uint16)).save(tmp_path / "a.png")
    Image.fromarray(np.full((64, 64), 0.5, np.float32)).save(tmp_path / "b.tiff")
    assert np.unique(read_images(tmp_path, 2, {})).tolist() == [128]


def run_and_folder(tmp_path):
    """Two pictures in run/photos, one beside it in private, and their colours; the working directory is elsewhere."""
    folder = tmp_path / "run" / "photos"
    folder.mkdir(parents=True)
    shades = colours(folder, ["a.png", "b.png"])
    (tmp_path / "private").mkdir()
    Image.new("RGB", (30, 30), (1, 2, 3)).save(tmp_path / "private" / "secret.png")
    return folder, shades


WAYS = ["{}", "photos/{}", "./photos/../photos/{}", "../run/photos/{}", "absolute"]


@pytest.mark.parametrize(
    ("where", "written"), [*itertools.product([".", "run", "run/photos", "private"], WAYS), (".", "run/photos/{}")]
)
def test_names_that_lead_to_the_folder(tmp_path, monkeypatch, where, written):
    """From the folder, its parent, the table's directory (run) or the working one; never run/photos/photos/a.png."""
    folder, shades = run_and_folder(tmp_path)
    monkeypatch.chdir(tmp_path / where)
    names = [str(folder / name) if written == "absolute" else written.format(name) for name in ("b.png", "a.png")]
    for given in (folder, os.path.relpath(folder)):
        notes = []
        found = read_images(given, 2, {"path": names}, table=tmp_path / "run", notes=notes)
        assert [tuple(picture[32, 32]) for picture in found] == [shades[1], shades[0]]
        assert notes == []


def test_all_names_count_from_one_place(tmp_path, monkeypatch):
    """A folder within the folder has its name and the same files: never one from here and one from there."""
    outer = colours(tmp_path, ["photos/a.png", "photos/b.png"])
    (tmp_path / "photos" / "photos").mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGB", (30, 30), "red").save(tmp_path / "photos" / "photos" / name)
    monkeypatch.chdir(tmp_path)
    found = read_images("photos", 2, {"file": ["photos/a.png", "photos/b.png"]})
    assert [tuple(picture[32, 32]) for picture in found] == outer
    (tmp_path / "photos" / "b.png").unlink()
    found = read_images("photos", 2, {"file": ["photos/a.png", "photos/b.png"]})
    assert [tuple(picture[32, 32]) for picture in found] == [(255, 0, 0)] * 2
    # A working directory within the folder has no say.
    monkeypatch.chdir(tmp_path / "photos" / "photos")
    found = read_images(tmp_path / "photos", 1, {"file": ["a.png"]})
    assert [tuple(picture[32, 32]) for picture in found] == outer[:1]


@pytest.mark.parametrize("kind", ["up", "absolute", "beside the table", "link", "link by order"])
def test_pictures_outside_are_left_out_unless_asked_for(tmp_path, monkeypatch, kind):
    folder, shades = run_and_folder(tmp_path)
    monkeypatch.chdir(folder)
    secret = tmp_path / "private" / "secret.png"
    if "link" in kind:
        (folder / "c.png").symlink_to(secret)
    if kind == "beside the table":
        (tmp_path / "run" / "other.png").write_bytes(secret.read_bytes())
    name = {"up": "../../private/secret.png", "absolute": str(secret), "beside the table": "other.png"}.get(
        kind, "c.png"
    )
    metadata = {} if kind == "link by order" else {"file": ["a.png", "b.png", name]}
    notes = []
    found = read_images(folder, 3, metadata, table=tmp_path / "run", notes=notes)
    assert [tuple(picture[32, 32]) for picture in found] == [*shades, (238, 240, 243)]
    assert len(notes) == 1
    assert notes[0].startswith("1 of 3 pictures are left out")
    assert "--outside-images" in notes[0]
    assert not (found == [1, 2, 3]).all(axis=-1).any()
    found = read_images(folder, 3, metadata, table=tmp_path / "run", outside=True, notes=(notes := []))
    assert [tuple(picture[32, 32]) for picture in found] == [*shades, (1, 2, 3)]
    assert notes == []


def test_a_view_of_nothing_but_outside_pictures_has_none(tmp_path):
    folder, _ = run_and_folder(tmp_path)
    secrets = [str(tmp_path / "private" / "secret.png")] * 3
    options = {"methods": ["pca"], "images": folder}
    view = make_view(np.eye(3), {"label": list("aab"), "file": secrets}, **options)
    assert view.sheets is None
    assert [note[:30] for note in view.notes] == ["3 of 3 pictures are left out, "]
    view = make_view(np.eye(3), {"label": list("aab"), "file": secrets}, outside_images=True, **options)
    assert [tuple(picture[32, 32]) for picture in single_pictures(view.sheets, 3)] == [(1, 2, 3)] * 3


def test_pictures_that_do_not_fit(tmp_path):
    with pytest.raises(ValueError, match=r"Expected 2 pictures.*Found: 0.*image, file, path, filename"):
        read_images(tmp_path, 2, {})
    with pytest.raises(FileNotFoundError):
        read_images(tmp_path, 1, {"file": ["none.png"]})
    with pytest.raises(FileNotFoundError, match=r"sample 0, '/no/such\.png'\. Nothing is at /no/such\.png\."):
        read_images(tmp_path, 1, {"file": ["/no/such.png"]}, outside=True)
    (tmp_path / "no.png").write_text("no picture")
    with pytest.raises(OSError, match=r"no\.png"):
        read_images(tmp_path, 1, {})
    with pytest.raises(ValueError, match=r"Expected `images` of shape \[3, height"):
        make_sheets(pictures(2), 3)
