"""The page on a phone, at 200 %, and with very long text: what a person sees, and what fingers do."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image

from semihard.visualization import make_view, write_page
from tests.browser import open_browser
from tests.visualization.viewer.test_in_browser import Opened, assert_tip_is_seen

PHONE = {"width": 390, "height": 844}
WINDOWS = [PHONE, {"width": 844, "height": 390}, {"width": 700, "height": 450}, {"width": 1400, "height": 900}]
LONG = [
    "x" * 20_000,
    "two words " * 2_000,
    "\u05e9\u05dc\u05d5\u05dd " * 4_000,
    "\U0001f469\u200d\U0001f467" * 5_000,
    "a",
]


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


def clusters(classes: int, per: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    rng, labels = np.random.default_rng(0), np.repeat(np.arange(classes), per)
    return rng.normal(size=(classes, 6), scale=spread)[labels] + rng.normal(size=(classes * per, 6)), labels


@pytest.fixture(scope="module")
def plain(browser, tmp_path_factory):
    vectors, labels = clusters(6, 20, 4)
    images = np.full((len(labels), 8, 8), 200, np.uint8)
    view = make_view(vectors, [f"class {label}" for label in labels], images=images, methods=["pca"])
    return write_page(view, tmp_path_factory.mktemp("plain") / "view.html")


@pytest.fixture(scope="module")
def long(browser, tmp_path_factory):
    """20,000 characters and more wherever text can come from outside."""
    vectors, labels = clusters(len(LONG), 8, 1)
    metadata = {
        "label": [LONG[label] for label in labels],
        "path": [f"/{'folder/' * 3000}{i}.png" for i in range(len(labels))],
        "c" * 20_000: [LONG[i % 2] for i in range(len(labels))],
    }
    images = np.full((len(labels), 8, 8), 200, np.uint8)
    epochs = {"e" * 20_000: vectors + 1}
    view = make_view(vectors, metadata, images=images, epochs=epochs, methods=["pca"], title="t" * 20_000)
    return write_page(view, tmp_path_factory.mktemp("long") / "view.html")


def boxes(opened, selector):
    """Left, top, right, bottom [n, 4] of what matches."""
    found = opened.ask(f"""[...document.querySelectorAll('{selector}')].map(element => {{
        const box = element.getBoundingClientRect();
        return [box.left, box.top, box.right, box.bottom];
    }})""")
    return np.array(found, float).reshape(-1, 4)


def fingers(session, kind, *points):
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})


def test_a_phone_shows_the_map_above_the_panel(browser, plain):
    """At least two fifths of the height and all of the width are map, and coloured points are on it."""
    opened = Opened(browser, plain, PHONE, phone=True)
    ((left, top, right, bottom),) = boxes(opened, "#map")
    assert (left, right) == (0, PHONE["width"])
    assert bottom - top > 0.4 * PHONE["height"]
    (panel,) = boxes(opened, "#panel")
    assert bottom <= panel[1] < PHONE["height"] - 100
    pixels = opened.picture().astype(int)
    assert (pixels.max(axis=2) - pixels.min(axis=2) > 40).sum() > 3_000
    assert opened.ask("document.documentElement.scrollWidth") == PHONE["width"]
    # The camera looks at this canvas, not at one of another size.
    places = np.array(opened.ask("[...Array(120).keys()].map(i => semihardView.plot.where(i))"))
    assert (places > 0).all()
    assert (places < [right - left, bottom - top]).all()
    opened.context.close()


def test_a_tap_near_a_point_shows_it_and_scrolling_keeps_the_map(browser, plain):
    opened = Opened(browser, plain, PHONE, phone=True)
    places = np.array(opened.ask("[...Array(120).keys()].map(i => semihardView.plot.where(i))"))
    distances = np.linalg.norm(places[:, None] - places, axis=2) + np.diag(np.full(120, np.inf))
    i = int(distances.min(axis=1).argmax())
    x, y = opened.where(i)
    opened.page.touchscreen.tap(x + 6, y)  # a finger is no mouse
    opened.page.wait_for_selector("#neighbours")
    assert opened.ask("semihardView.state.sample") == i
    assert opened.page.locator("#tip").is_hidden()
    head, map_ = boxes(opened, "#sample .label")[0], boxes(opened, "#map")[0]
    assert map_[3] < head[1] < head[3] < PHONE["height"]
    opened.page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    last = boxes(opened, "#neighbours > button")[-1]
    assert boxes(opened, "#map")[0][1] == 0
    assert boxes(opened, "#map")[0][3] <= last[1] < last[3] <= PHONE["height"]
    opened.page.touchscreen.tap(3, 3)  # nothing is there
    opened.page.wait_for_function("semihardView.state.sample === null")
    opened.context.close()


def test_one_finger_moves_the_map_and_two_zoom(browser, plain):
    """A finger drags a point by as many pixels; two, twice as far apart, double distances from their middle."""
    opened = Opened(browser, plain, PHONE, phone=True)
    session = opened.context.new_cdp_session(opened.page)

    def places():
        return np.array(opened.ask("[...Array(120).keys()].map(i => semihardView.plot.where(i))"))

    left, top = boxes(opened, "#map")[0][:2]
    before = places()
    fingers(session, "touchStart", (100, top + 100))
    fingers(session, "touchMove", (130, top + 110))
    fingers(session, "touchMove", (160, top + 70))
    fingers(session, "touchEnd")
    moved = places()
    np.testing.assert_allclose(moved, before + np.array([60, -30]), atol=0.1)
    fingers(session, "touchStart", (150, top + 150), (200, top + 150))
    fingers(session, "touchMove", (125, top + 150), (225, top + 150))
    fingers(session, "touchEnd")
    middle = np.array([175 - left, 150])
    np.testing.assert_allclose(places() - middle, 2 * (moved - middle), atol=0.2)
    assert opened.ask("semihardView.state.sample") is None
    assert opened.ask("window.scrollY") == 0
    opened.context.close()


def test_a_finger_draws_a_lasso(browser, plain):
    opened = Opened(browser, plain, PHONE, phone=True)
    opened.page.get_by_role("button", name="Lasso").tap()
    session = opened.context.new_cdp_session(opened.page)
    left, top, right, bottom = boxes(opened, "#map")[0] + [4, 4, -4, -4]
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top + 10)]
    fingers(session, "touchStart", corners[0])
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        for step in np.linspace(0.1, 1, 10):
            fingers(session, "touchMove", (x0 + step * (x1 - x0), y0 + step * (y1 - y0)))
            opened.page.wait_for_timeout(15)
    fingers(session, "touchEnd")
    opened.page.wait_for_selector(".grid")
    assert opened.ask("semihardView.state.picked.samples") == list(range(120))
    opened.context.close()


@pytest.mark.parametrize("size", WINDOWS, ids=lambda size: f"{size['width']} pixels")
def test_long_text_widens_nothing(browser, long, size):
    """Title, legend, names of epochs and columns, tip, sample, lists, search: all end within what holds them."""
    opened = Opened(browser, long, size, phone=size["width"] < 1000)
    page = opened.page

    def check():
        assert opened.ask("document.documentElement.scrollWidth") == size["width"]
        inner = np.vstack([boxes(opened, f"{part} .text") for part in ("header", "#panel")])
        assert (inner[:, 0] >= 0).all()
        assert (inner[:, 2] <= size["width"]).all()
        ((_, _, right, _),) = boxes(opened, "#content")
        assert opened.ask("document.querySelector('#content').scrollWidth") <= right
        assert (boxes(opened, ".class > button:first-child .text")[:, 2] - boxes(opened, ".class")[:, 2] <= 0).all()

    check()
    opened.ask("semihardView.set({frame: 0})")
    opened.settle()
    for i in range(0, 40, 8):
        opened.ask(f"semihardView.set({{sample: {i}, tab: 'sample'}})")
        check()
        # What the ellipsis hides elsewhere stands here to the end, in a box of its own that scrolls.
        whole = page.locator("#sample .label .text")
        assert whole.text_content() == LONG[i // 8]
        assert whole.bounding_box()["height"] < 250
        assert whole.evaluate(
            "element => element.scrollHeight <= element.clientHeight || getComputedStyle(element).overflowY === 'auto'"
        )
    for tab in ("wrong", "suspicious", "confused"):
        opened.ask(f"semihardView.set({{tab: '{tab}'}})")
        assert boxes(opened, "#content > button").size
        check()
    page.locator("[data-pair]").first.click()
    check()
    page.fill("#search", "x" * 3000)
    page.wait_for_selector(".grid button")
    check()
    assert opened.complaints == []
    opened.context.close()


def test_a_long_label_stays_in_the_tip(browser, long):
    opened = Opened(browser, long)
    for i in range(0, 40, 8):
        opened.page.mouse.move(*opened.where(i))
        opened.page.wait_for_selector("#tip:not([hidden])")
        assert_tip_is_seen(opened)
        assert opened.page.locator("#tip").bounding_box()["width"] <= 270
        assert opened.ask("document.documentElement.scrollWidth") == 1400
    opened.context.close()


@pytest.mark.parametrize("size", [PHONE, {"width": 1400, "height": 900}], ids=["phone", "wide"])
def test_names_on_the_map_cover_neither_each_other_nor_its_edge(browser, tmp_path, size):
    """Every pixel of ink on the layer of names lies in the box of one name, and boxes share nothing.

    Thirty classes in one heap, whose names are as wide as a phone.
    """
    vectors, labels = clusters(30, 6, 0.7)
    names = [f"a class with a long name, number {label}" for label in labels]
    path = write_page(make_view(vectors, names, methods=["pca"], k=0), tmp_path / "view.html")
    opened = Opened(browser, path, size, phone=size is PHONE)
    found = opened.ask("semihardView.overlay.names()")
    assert len(found) >= 5
    corners = np.array([[n["left"], n["top"], n["left"] + n["width"], n["top"] + n["height"]] for n in found])
    assert (corners[:, :2] >= 0).all()
    assert (corners[:, 2:] <= boxes(opened, "#map")[0][2:] - boxes(opened, "#map")[0][:2]).all()
    assert (corners[:, 3] <= boxes(opened, "#caveat")[0][1] - boxes(opened, "#map")[0][1]).all()
    for one, other in itertools.combinations(corners, 2):
        assert (np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])).min() <= 1e-6
    opened.page.add_style_tag(content="#map > :not(#overlay) { visibility: hidden; }")
    shot = np.asarray(Image.open(io.BytesIO(opened.page.locator("#map").screenshot())).convert("L"))
    ink = np.argwhere(shot < 128)[:, ::-1] + 0.5
    assert len(ink) > 1_000
    held = ((ink[:, None] >= corners[:, :2]) & (ink[:, None] <= corners[:, 2:])).all(axis=2).sum(axis=1)
    assert (held == 1).all()
    opened.context.close()
