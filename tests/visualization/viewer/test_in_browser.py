"""The page in a real browser, without a network: what is drawn, what the mouse finds, and that nothing gets out."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from semihard.evaluation import duplicates, label_errors
from semihard.visualization import make_view, write_page
from tests.browser import open_browser
from tests.visualization.viewer.pages import HOSTILE, K, digits_view, hostile_view
from tests.visualization.viewer.test_flags import noisy

SIZE = {"width": 1400, "height": 900}


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def digits(browser, tmp_path_factory):
    view, *data = digits_view()
    return write_page(view, tmp_path_factory.mktemp("digits") / "view.html"), *data


class Opened:
    """A page that is ready, with all that it asked for and complained about."""

    def __init__(self, browser: Any, path: Any, size: dict[str, int] = SIZE, *, phone: bool = False) -> None:
        self.context = browser.new_context(viewport=size, offline=True, is_mobile=phone, has_touch=phone)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.goto(path.as_uri())
        self.page.wait_for_function("window.semihardView && window.semihardView.ready")

    def ask(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    def where(self, i: int) -> tuple[float, float]:
        """Where sample i is, in pixels of the window."""
        box = self.page.locator("#canvas").bounding_box()
        x, y = self.ask(f"semihardView.plot.where({i})")
        return box["x"] + x, box["y"] + y

    def everywhere(self) -> np.ndarray:
        """Where each sample is on the canvas [n, 2]."""
        return np.array(self.ask("[...Array(10000).keys()].map(i => semihardView.plot.where(i))"))

    def picture(self) -> np.ndarray:
        """The pixels of the map [height, width, 3], as a person sees them."""
        shot = self.page.locator("#map").screenshot()
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))

    def click(self, i: int) -> None:
        """Click sample i, and wait for its neighbours.

        On a machine that is busy with other things the press and the release of a click are handled so far apart that
        regl-scatterplot takes them for a long press: then again.
        """
        self.page.mouse.move(*self.where(i))
        self.page.wait_for_selector("#tip:not([hidden])")
        for _ in range(8):
            self.page.mouse.click(*self.where(i))
            for _ in range(20):
                if self.page.locator("#neighbours").is_visible():
                    return
                self.settle()
        raise AssertionError("Eight clicks on a sample did not list its neighbours.")

    def settle(self) -> None:
        self.page.wait_for_timeout(250)

    def samples(self, buttons: str) -> list[int]:
        """The samples that these buttons stand for, in their order."""
        return self.ask(f"[...document.querySelectorAll('{buttons}')].map(b => Number(b.dataset.sample))")


@pytest.fixture
def opened(browser, digits):
    page = Opened(browser, digits[0])
    yield page
    assert page.complaints == []
    assert {url for url in page.requests if not url.startswith("data:")} == {digits[0].as_uri()}
    page.context.close()


def lonely(opened: Opened) -> int:
    """A sample that no other lies close to on the map, so that the mouse can only mean it."""
    points = opened.everywhere()
    outer = np.argsort(-np.linalg.norm(points - points.mean(axis=0), axis=1))[:200]
    gaps = [np.sort(np.linalg.norm(points - points[i], axis=1))[1] for i in outer]
    return int(outer[np.argmax(gaps)])


def nearest(vectors: np.ndarray, i: int) -> tuple[np.ndarray, np.ndarray]:
    distances = np.linalg.norm(vectors.astype(np.float64) - vectors[i], axis=1)
    distances[i] = np.inf
    order = np.argsort(distances, kind="stable")[:K]
    return order, distances[order]


def drawn_digit(opened: Opened, selector: str, side: int) -> np.ndarray:
    """The grey values [28, 28] in the middle of each pixel of a digit that is drawn larger."""
    values = opened.ask(f"""(() => {{
        const canvas = document.querySelector("{selector}");
        return [...canvas.getContext("2d").getImageData(0, 0, {side}, {side}).data].filter((_, i) => i % 4 === 0);
    }})()""")
    at = ((np.arange(28) + 0.5) * side / 28).astype(int)
    return np.array(values).reshape(side, side)[np.ix_(at, at)]


def codes(opened: Opened) -> np.ndarray:
    """What each point is coloured by."""
    return np.array(opened.ask("semihardView.plot.scatterplot.get('points').map(point => point[2])"))


def test_ten_thousand_points_are_drawn(opened):
    """The scatterplot holds them, all lie on the canvas, and thousands of pixels have colour."""
    assert opened.ask("semihardView.plot.scatterplot.get('points').length") == 10_000
    pixels = opened.picture().astype(int)
    coloured = (pixels.max(axis=2) - pixels.min(axis=2) > 40).sum()
    assert coloured > 20_000
    box = opened.page.locator("#canvas").bounding_box()
    places = opened.everywhere()
    assert places.min() >= 0
    assert (places.max(axis=0) <= [box["width"], box["height"]]).all()


def test_nothing_leaves_the_page(opened):
    """Every way out is tried, and refused by the page itself, before any network."""
    refused, pwned = opened.ask("""(async () => {
        const refused = [];
        document.addEventListener("securitypolicyviolation", event => refused.push(event.effectiveDirective));
        await fetch("http://127.0.0.1:9/").catch(() => 0);
        const add = (name, attributes) => document.body.append(Object.assign(document.createElement(name), attributes));
        add("img", { src: "http://127.0.0.1:9/a.png" });
        add("script", { src: "http://127.0.0.1:9/a.js" });
        add("script", { textContent: "window.pwned = 1" });
        add("iframe", { src: "http://127.0.0.1:9/" });
        add("div", { innerHTML: "<b id=trap onclick='window.pwned = 2'>" });
        document.getElementById("trap").click();
        await new Promise(resolve => setTimeout(resolve, 300));
        return [refused, window.pwned ?? null];
    })()""")
    assert {"connect-src", "img-src", "script-src-elem", "frame-src", "script-src-attr"} <= set(refused)
    assert pwned is None
    opened.complaints.clear()  # the browser reports each refusal
    opened.requests[:] = [url for url in opened.requests if "127.0.0.1" not in url]  # asked for, and never sent


def test_a_hovered_point_shows_its_digit_and_label(opened, digits):
    *_, images, labels = digits
    i = lonely(opened)
    opened.page.mouse.move(*opened.where(i))
    opened.page.wait_for_selector("#tip:not([hidden])")
    words = opened.page.locator("#tip").inner_text()
    assert words.startswith(str(labels[i]))
    assert f"sample {i}" in words
    drawn = drawn_digit(opened, "#tip canvas", 72)
    assert np.corrcoef(drawn.ravel(), images[i].ravel())[0, 1] > 0.95
    assert_tip_is_seen(opened)


def assert_tip_is_seen(opened: Opened) -> None:
    """Picture and words lie within the tip, side by side, and what lies at the middle of each is itself."""
    tip, picture, words = (opened.page.locator(f"#tip{part}").bounding_box() for part in ("", " canvas", " > div"))
    assert picture["x"] + picture["width"] <= words["x"]
    for box in (picture, words):
        assert tip["x"] <= box["x"]
        assert tip["y"] <= box["y"]
        assert box["x"] + box["width"] <= tip["x"] + tip["width"]
        assert box["y"] + box["height"] <= tip["y"] + tip["height"]
    # The tip lets the mouse through, so that it would never be found.
    seen = opened.ask("""(() => {
        document.getElementById("tip").style.pointerEvents = "auto";
        const at = element => {
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        };
        const seen = ["#tip canvas", "#tip .text"].map(name => document.querySelector(name))
            .map(element => document.elementFromPoint(...at(element)) === element);
        document.getElementById("tip").style.pointerEvents = "";
        return seen;
    })()""")
    assert seen == [True, True]


def test_a_clicked_point_shows_its_exact_neighbours(opened, digits):
    """Ids, order, distances and labels of the k nearest in 49 dimensions, by a naive search in float64."""
    _, vectors, _, images, labels = digits
    i = lonely(opened)
    opened.click(i)
    np.testing.assert_array_equal(drawn_digit(opened, "#sample canvas", 112), images[i])
    assert opened.page.locator("#sample .label").inner_text() == str(labels[i])
    assert f"sample {i}" in opened.page.locator("#sample").inner_text()
    ids, distances = nearest(vectors, i)
    buttons = opened.page.locator("#neighbours > button")
    assert opened.samples("#neighbours > button") == ids.tolist()
    shown = [b.locator(".number").last.inner_text() for b in buttons.all()]
    np.testing.assert_allclose(np.array(shown, float), distances, rtol=6e-4)
    assert [b.locator(".label").inner_text() for b in buttons.all()] == [str(labels[j]) for j in ids]
    assert [b.locator(".mark").count() == 1 for b in buttons.all()] == (labels[ids] != labels[i]).tolist()
    links = opened.ask("semihardView.overlay.links()")
    assert [(link["from"], link["to"], link["wrong"]) for link in links] == [
        (i, int(j), bool(labels[j] != labels[i])) for j in ids
    ]
    assert opened.ask("[...semihardView.plot.scatterplot.get('selectedPoints')].length") == K + 1


def test_a_neighbour_can_be_followed(opened, digits):
    opened.ask("semihardView.set({sample: 5, tab: 'sample'})")
    following = int(nearest(digits[1], 5)[0][2])
    opened.page.locator("#neighbours > button").nth(2).click()
    assert f"sample {following}" in opened.page.locator("#sample").inner_text().split("\n")


def test_colours(opened, digits):
    """Label, nearest neighbour, a number and a text: what each point is painted by, and what the legend says."""
    _, vectors, _, images, labels = digits
    np.testing.assert_array_equal(codes(opened), labels)
    before = opened.picture()
    opened.page.select_option("#color", label="nearest neighbour")
    opened.settle()
    wrong = codes(opened)
    for i in range(0, 10_000, 500):
        assert wrong[i] == int(labels[nearest(vectors, i)[0][0]] != labels[i])
    assert f"{(wrong == 1).sum():,}" in opened.page.locator("#legend").inner_text()
    assert (before != opened.picture()).any(axis=2).sum() > 10_000
    opened.page.select_option("#color", label="ink")
    opened.settle()
    ink = images.reshape(10_000, -1).mean(axis=1)
    steps = np.minimum(63, ((ink - ink.min()) / np.ptp(ink) * 64).astype(int))
    np.testing.assert_array_equal(codes(opened), steps)
    opened.page.select_option("#color", label="half")
    opened.settle()
    np.testing.assert_array_equal(codes(opened), np.arange(10_000) >= 5000)
    assert "second" in opened.page.locator("#legend").inner_text()
    assert "name" not in opened.page.locator("#color").inner_text()  # 10,000 names are no classes


def test_the_class_filter(opened, digits):
    labels = digits[4]
    row = opened.page.locator(".class").nth(3)
    row.locator("button").first.click(position={"x": 20, "y": 12})
    opened.settle()
    left = opened.ask("[...semihardView.plot.scatterplot.get('filteredPoints')]")
    np.testing.assert_array_equal(np.sort(left), np.flatnonzero(labels != 3))
    row.hover()
    row.get_by_text("only").click()
    opened.settle()
    left = opened.ask("[...semihardView.plot.scatterplot.get('filteredPoints')]")
    np.testing.assert_array_equal(np.sort(left), np.flatnonzero(labels == 3))
    opened.page.get_by_text("Show all").click()
    opened.settle()
    assert opened.ask("semihardView.plot.scatterplot.get('isPointsFiltered')") is False


def test_a_lasso_shows_the_samples_in_it(opened):
    """A square drawn with Shift: what lies well inside is picked, what lies well outside is not."""
    box = opened.page.locator("#canvas").bounding_box()
    corner = np.array([box["x"], box["y"]])
    middle = corner + np.median(opened.everywhere(), axis=0)
    (left, top), (right, bottom) = middle - 60, middle + 60
    mouse = opened.page.mouse
    opened.page.keyboard.down("Shift")
    mouse.move(left, top)
    mouse.down()
    for x, y in [(right, top), (right, bottom), (left, bottom), (left, top)]:
        mouse.move(x, y, steps=12)
        opened.page.wait_for_timeout(30)
    mouse.up()
    opened.page.keyboard.up("Shift")
    opened.page.wait_for_selector(".grid")
    picked = set(opened.ask("semihardView.state.picked.samples"))
    x, y = (corner + opened.everywhere()).T
    inside = (x > left + 8) & (x < right - 8) & (y > top + 8) & (y < bottom - 8)
    around = (x > left - 8) & (x < right + 8) & (y > top - 8) & (y < bottom + 8)
    assert inside.sum() > 50
    assert set(np.flatnonzero(inside)) <= picked <= set(np.flatnonzero(around))
    assert set(opened.samples(".grid > button")) <= picked
    assert opened.page.locator(".grid canvas").count() == min(len(picked), 400)
    assert f"{len(picked):,} samples" in opened.page.locator("#content").inner_text()


def test_search(opened):
    opened.page.fill("#search", "DIGIT-0012")
    opened.page.wait_for_function("semihardView.state.picked.samples.length === 10")
    assert opened.ask("semihardView.state.picked.samples") == list(range(120, 130))
    opened.page.fill("#search", "#77")
    opened.page.wait_for_function("semihardView.state.picked.samples.length === 1")
    assert opened.samples(".grid > button") == [77]
    opened.page.fill("#search", "nothing like it")
    opened.page.wait_for_function("semihardView.state.picked.samples.length === 0")
    assert "Nothing matches" in opened.page.locator("#content").inner_text()


def test_another_map_is_moved_to(opened):
    """Sample 0 goes to the mirrored place, in about a second."""
    start = np.array(opened.ask("semihardView.plot.position(0)"))
    opened.ask("""(() => {
        for (const name of ["transitionStart", "transitionEnd"])
            semihardView.plot.scatterplot.subscribe(name, () => { window[name] = performance.now(); });
    })()""")
    before = opened.picture()
    opened.page.get_by_role("button", name="Mirrored").click()
    opened.page.wait_for_function("window.transitionEnd")
    opened.settle()
    assert opened.ask("window.transitionEnd - window.transitionStart") > 600
    np.testing.assert_allclose(opened.ask("semihardView.plot.position(0)"), -start, atol=1e-6)
    assert (before != opened.picture()).any(axis=2).sum() > 10_000
    assert "Positions by Mirrored" in opened.page.locator("#caveat").inner_text()


def test_the_epoch_slider(opened, digits):
    """At the first epoch positions and neighbours are those of its embeddings."""
    _, vectors, noisy, *_ = digits
    opened.ask("semihardView.set({sample: 5, tab: 'sample'})")
    last = opened.ask("semihardView.plot.position(5)")
    opened.page.locator("#epoch").press("ArrowLeft")
    opened.page.wait_for_timeout(1500)
    assert opened.page.locator("#epoch-name").inner_text() == "epoch 1"
    assert opened.ask("semihardView.plot.position(5)") != last
    assert opened.samples("#neighbours > button") == nearest(noisy, 5)[0].tolist()
    assert nearest(noisy, 5)[0].tolist() != nearest(vectors, 5)[0].tolist()
    assert "epoch 1" in opened.page.locator("#content h3").inner_text()


def test_the_lists(opened, digits):
    """Misretrieved samples, suspicious labels, and a confused pair of classes that is jumped to."""
    _, vectors, _, _, labels = digits
    opened.page.get_by_role("tab", name="Wrong").click()
    wrong = opened.samples("#content > button")
    assert len(wrong) > 5
    for i in wrong[:5]:
        assert labels[nearest(vectors, i)[0][0]] != labels[i]
    opened.page.get_by_role("tab", name="Suspicious").click()
    first = opened.page.locator("#content > button").first
    i = int(first.get_attribute("data-sample"))
    others = labels[nearest(vectors, i)[0]]
    assert (others != labels[i]).mean() > 0.5
    assert f"neighbours say\n{np.bincount(others).argmax()}" in first.inner_text()
    opened.page.get_by_role("tab", name="Confused").click()
    pair = opened.page.locator("#content > button").first
    one, other = map(int, pair.get_attribute("data-pair").split())
    view = opened.ask("[...semihardView.plot.scatterplot.get('cameraView')]")
    pair.click()
    opened.page.wait_for_timeout(900)
    assert opened.ask("[...semihardView.plot.scatterplot.get('cameraView')]") != view
    shown = opened.samples(".grid > button")
    assert len(shown) > 5
    for i in shown[:5]:
        assert labels[i] == one
        assert other in labels[nearest(vectors, i)[0]]


def test_flags_colour_filter_and_are_listed(browser, tmp_path):
    """What `make_view` flags is what is painted, what the filter leaves, and what the list of copies holds."""
    points, labels = noisy()
    view = make_view(points, labels, methods=["pca"], k=K)
    opened = Opened(browser, write_page(view, tmp_path / "view.html"))
    for column in view.columns[1:]:
        opened.page.select_option("#color", label=column.name)
        opened.settle()
        np.testing.assert_array_equal(codes(opened), column.data)
    row = opened.page.locator(".class").nth(1)
    row.hover()
    row.get_by_text("only").click()
    opened.settle()
    left = opened.ask("[...semihardView.plot.scatterplot.get('filteredPoints')]")
    assert sorted(left) == [50, 51, 200, 201]  # of another label
    opened.page.get_by_role("tab", name="Copies").click()
    assert opened.samples("#content > button") == [i for i, _ in duplicates(points).pairs.tolist()]
    assert opened.page.locator("#content .mark").count() == 2
    opened.page.fill("#search", "looks wrong")
    opened.page.wait_for_selector(".grid button")
    assert sorted(opened.samples(".grid > button")) == sorted(label_errors(points, labels).samples.tolist())
    assert opened.complaints == []
    opened.context.close()


@pytest.fixture(scope="module")
def hostile(browser, tmp_path_factory):
    return write_page(hostile_view(), tmp_path_factory.mktemp("hostile") / "view.html")


def test_hostile_text_is_text(browser, hostile):
    """Every place where text from outside is shown: nothing runs, nothing is an element, the text is there."""
    opened = Opened(browser, hostile)
    page = opened.page
    shown = opened.ask("[...document.querySelectorAll('.class .text')].map(element => element.textContent)")
    # A lone surrogate cannot leave the browser as it is.
    assert {text for text in HOSTILE if text.strip()} - {"\ud800"} <= {*shown}
    assert shown.count("(blank)") == 2
    assert opened.ask("document.querySelector('h1').textContent") == HOSTILE[1]
    assert page.title() == HOSTILE[1]
    for i in range(len(HOSTILE)):
        opened.ask(f"semihardView.set({{sample: {i}, tab: 'sample'}})")
        page.mouse.move(*opened.where(i))
    for tab in ("wrong", "suspicious", "duplicates", "confused"):
        opened.ask(f"semihardView.set({{tab: '{tab}'}})")
        opened.settle()
    page.locator("[data-pair]").first.click()
    for key in opened.ask("[...document.querySelectorAll('#color option')].map(option => option.value)"):
        page.select_option("#color", value=key)
        opened.settle()
    page.fill("#search", "<script>")
    opened.settle()
    assert len(opened.samples(".grid > button")) > 5
    assert opened.ask("window.pwned ?? null") is None
    assert opened.ask("document.querySelectorAll('main img, main svg, main script, main b, header script').length") == 0
    assert opened.complaints == []
    assert {url for url in opened.requests if not url.startswith("data:")} == {hostile.as_uri()}
    # Long labels push nothing out of the window.
    assert opened.ask("document.documentElement.scrollWidth") <= SIZE["width"]
    opened.context.close()
