"""The map of embeddings, read back from the picture."""

import sys
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.image import imread

from semihard.visualization import plot_embedding
from semihard.visualization.pictures._colors import TEN

module = sys.modules["semihard.visualization.pictures._plot_embedding"]


def three_clusters(n: int = 300):
    """Classes 0, 1, 2 around the lower left, the lower right and the top."""
    labels = np.arange(n) % 3
    centers = np.array([[0, 0], [20, 0], [10, 20]])
    return centers[labels] + np.random.default_rng(0).normal(size=(n, 2)), labels


def pixels(picture: np.ndarray, color: str) -> np.ndarray:
    """Return the [n, 2] rows and columns of the pixels of exactly this colour."""
    return np.argwhere((np.abs(picture[..., :3] - to_rgb(color)) < 1 / 255).all(axis=-1))


def test_each_class_is_named_in_its_color_at_its_place(tmp_path):
    """Only the plates behind the names have the full colour (points are half transparent): one a class, in place."""
    points, labels = three_clusters()
    picture = imread(plot_embedding(points, labels, tmp_path / "map.png"))
    height, width, _ = picture.shape
    where = [pixels(picture, color).mean(axis=0) / (height, width) for color in TEN[:3]]
    np.testing.assert_allclose(where, [[0.9, 0.1], [0.9, 0.9], [0.1, 0.5]], atol=0.1)


def test_nothing_reaches_the_edge(tmp_path):
    picture = imread(plot_embedding(*three_clusters(), tmp_path / "map.png"))[..., :3]
    for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
        assert (edge == 1).all()


def test_grey_images_are_drawn_in_the_color_of_the_class(tmp_path):
    """White squares as images, in the colour of the class, against a map without: far more pixels of the colour."""
    points, labels = three_clusters()
    images = np.full((len(points), 8, 8), 255, np.uint8)
    without = imread(plot_embedding(points, labels, tmp_path / "a.png"))
    for form in (images, images[..., None], images / 255):
        drawn = imread(plot_embedding(points, labels, tmp_path / "b.png", images=form))
        for color in TEN[:3]:
            assert len(pixels(drawn, color)) > len(pixels(without, color)) + 10_000
    dark = imread(plot_embedding(points, labels, tmp_path / "c.png", images=images * 0))
    np.testing.assert_array_equal(dark, without)


def test_images_stand_upright(tmp_path):
    """One point far off, whose image has ink in its upper half only: its colour lies above its place."""
    points = np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.1], [10.0, 0.0]])
    images = np.zeros((4, 8, 8))
    images[3, :4] = 1
    boxes = np.zeros((0, 4))
    with pytest.MonkeyPatch.context() as patch:  # the name would lie on the picture
        patch.setattr(module, "name_classes", lambda *_: boxes)
        picture = imread(plot_embedding(points, [0, 0, 0, 1], tmp_path / "map.png", images=images))
    rows = pixels(picture, TEN[1])[:, 0] / len(picture)
    assert len(rows) > 100
    assert rows.mean() < 0.5


def test_color_images_keep_their_colors(tmp_path):
    points, labels = three_clusters()
    images = np.zeros((len(points), 4, 4, 3), np.uint8)
    images[..., 1] = 200
    picture = imread(plot_embedding(points, labels, tmp_path / "map.png", images=images))
    assert len(pixels(picture, "#00c800")) > 10_000


def test_hostile_names_and_a_title(tmp_path):
    """Names that mathtext cannot parse, markup, line ends: drawn as they are, without a warning but for lost glyphs."""
    points, labels = three_clusters()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_embedding(points, labels, tmp_path / "m.svg", class_names=["$\\frac{", "<b>&\n", ""], title="$_$ <x> & \\")
    root = ET.parse(tmp_path / "m.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize("points", [[[1.0, 2.0]], [[0.0, 0.0], [0.0, 5.0]], [[3.0, 3.0], [3.0, 3.0]]])
def test_degenerate_maps(tmp_path, points):
    """One point, a line, points in one place: the picture has its names and a bounded size."""
    labels = np.arange(len(points))
    picture = imread(plot_embedding(points, labels, tmp_path / "map.png", images=np.ones((len(points), 4, 4))))
    assert 500 < picture.shape[0] <= picture.shape[1] == 1600
    assert len(pixels(picture, TEN[len(points) - 1])) > 500


def drawn(points, labels, **options):
    """The figure as it would be written, all of it drawn."""
    figures = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "save", lambda figure, _: figures.append(figure))
        plot_embedding(points, labels, "map.png", **options)
    figures[0].draw_without_rendering()
    return figures[0]


def plates(figure):
    """The names, and the boxes [n, 4] of their plates as drawn, in pixels."""
    texts = [text for text in figure.axes[0].texts if text.get_bbox_patch()]
    return texts, np.array([text.get_bbox_patch().get_window_extent().extents for text in texts])


def many_clusters(classes, spread):
    labels = np.repeat(np.arange(classes), 8)
    rng = np.random.default_rng(0)
    return rng.normal(size=(classes, 2), scale=spread)[labels] + rng.normal(size=(len(labels), 2)), labels


@pytest.mark.parametrize("spread", [0.2, 6])
@pytest.mark.parametrize(
    ("classes", "name"), [(10, "{}"), (36, "class {}"), (100, "class {}"), (36, "a long name of a class: {}")]
)
def test_every_name_is_seen_whole(classes, name, spread):
    """No plate covers another one or leaves the picture, and each is near its class or a line leads there."""
    points, labels = many_clusters(classes, spread)
    figure = drawn(points, labels, class_names=[name.format(i) for i in range(classes)])
    texts, boxes = plates(figure)
    assert len({text.get_text() for text in texts}) == classes
    width, height = figure.bbox.size
    assert (boxes >= 0).all()
    assert (boxes <= [width, height, width, height]).all()
    apart = (boxes[:, None, :2] >= boxes[None, :, 2:]) | (boxes[None, :, :2] >= boxes[:, None, 2:])
    assert (apart.any(axis=2) | np.eye(classes, dtype=bool)).all()
    ends = {line.get_color(): line.get_xydata()[1] for line in figure.axes[0].lines}
    to_pixels = figure.axes[0].transData
    for text, box in zip(texts, boxes, strict=True):
        heap = to_pixels.transform(points[labels == int(text.get_text().split()[-1])])
        color = to_hex(text.get_bbox_patch().get_facecolor())
        if color in ends:
            heap = np.vstack([heap, to_pixels.transform(ends[color])])
            assert np.linalg.norm(heap[:-1] - heap[-1], axis=1).min() < 150
        else:
            assert ((heap > box[:2] - 150) & (heap < box[2:] + 150)).all(axis=1).any()


def test_more_classes_than_have_room():
    """The picture says how many are named; the largest class is."""
    points, labels = many_clusters(1000, 6)
    labels[:2000] = 777
    texts, boxes = plates(figure := drawn(points, labels))
    assert 50 < len(boxes) < 200
    assert "777" in {text.get_text() for text in texts}
    notes = [text.get_text() for text in figure.axes[0].texts if not text.get_bbox_patch()]
    assert notes == [f"{len(boxes)} of {len(np.unique(labels))} classes named"]
    apart = (boxes[:, None, :2] >= boxes[None, :, 2:]) | (boxes[None, :, :2] >= boxes[:, None, 2:])
    assert (apart.any(axis=2) | np.eye(len(boxes), dtype=bool)).all()


def test_long_texts_are_cut_within_the_picture():
    figure = drawn(*three_clusters(), class_names=["x" * 20_000, "W" * 200, "a b " * 5_000], title="long " * 4_000)
    texts, boxes = plates(figure)
    title = figure.axes[0].title
    for text, (left, _, right, _) in [(title, title.get_window_extent().extents), *zip(texts, boxes, strict=True)]:
        assert "…" in text.get_text()[5:]
        assert 0 <= left < right <= figure.bbox.width


@pytest.mark.parametrize(
    ("points", "labels", "options", "match"),
    [
        (np.zeros((2, 3)), [0, 1], {}, r"\[n, 2\]. Received: shape \(2, 3\)"),
        (np.zeros((0, 2)), [], {}, r"Received: shape \(0, 2\)"),
        ([[0, np.nan]], [0], {}, "finite"),
        (np.zeros((2, 2)), [0], {}, r"to be \[2\].*Received: shape \(1,\)"),
        (np.zeros((2, 2)), [0, 1], {"class_names": ["a"]}, "each of the 2 classes.*Received: 1 names"),
        (np.zeros((2, 2)), [0, 1], {"images": np.zeros((3, 8, 8))}, r"\[2, height, width\].*\(3, 8, 8\)"),
        (np.zeros((2, 2)), [0, 1], {"images": np.zeros((2, 8, 8, 2))}, r"\(2, 8, 8, 2\)"),
        (np.zeros((2, 2)), [0, 1], {"images": np.zeros(2)}, r"Received: shape \(2,\)"),
    ],
)
def test_errors_leave_no_file(tmp_path, points, labels, options, match):
    with pytest.raises(ValueError, match=match):
        plot_embedding(points, labels, tmp_path / "map.png", **options)
    assert list(tmp_path.iterdir()) == []


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.png or \.svg.*map\.jpg"):
        plot_embedding([[0, 0]], [0], tmp_path / "map.jpg")
