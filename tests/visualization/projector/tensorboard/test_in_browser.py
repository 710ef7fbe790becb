"""TensorBoard's projector in a real browser: offline, all points, their labels, pictures and neighbours."""

import io
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from semihard.visualization import serve_in_background, write_log_directory, write_sprite, write_tsv
from tests.browser import find_browser, open_browser
from tests.visualization.projector.tensorboard.runs import clusters, numbered

COUNT, DIM = 10_000, 256
HOSTILE = "<img src=x onerror=\"document.title='broken'\">"
pytest.importorskip("tensorboard", reason='Run: pip install "semihard[tensorboard]"')
pytestmark = pytest.mark.filterwarnings("ignore:html5lib's sanitizer:DeprecationWarning")


# The camera circles until somebody takes hold of it, and each round is drawn by the processor here.
WHEN_DRAWN = """app => new Promise(done => {
    const look = () => {
        const plot = app.projectorScatterPlotAdapter?.scatterPlot;
        if (!app.dataSet || !plot?.worldSpacePointPositions) return setTimeout(look, 100);
        plot.stopOrbitAnimation();
        done();
    };
    look();
})"""


class Shown(NamedTuple):
    page: Any
    app: Any  # the frame of the projector
    requests: list[str]
    vectors: np.ndarray


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> Iterator[Shown]:
    """The page with its points drawn, every label different."""
    find_browser()
    run = tmp_path_factory.mktemp("run")
    vectors, labels = clusters(COUNT, DIM)
    names = [f"sample {i:05}" for i in range(COUNT)]
    names[77] = HOSTILE
    names[78] = "onerror"
    write_tsv(vectors, {"name": names, "class": labels}, run)
    write_sprite(numbered(COUNT), run / "sprite.png")
    with serve_in_background(write_log_directory(run)) as url, open_browser() as browser:
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        page.set_default_timeout(120_000)
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(url)
        app = page.frame_locator("iframe").frame_locator("iframe")
        app.locator("vz-projector").evaluate(WHEN_DRAWN)
        yield Shown(page, app, requests, vectors)


def select(shown: Shown, text: str, label: str) -> None:
    """Search for a text that several labels hold, and click one of them."""
    shown.app.locator("#search-box input").fill(text)
    shown.app.locator(".matches-list a.label").get_by_text(label, exact=True).click()
    shown.app.locator(".nn-list .neighbor").first.wait_for()


def projector(shown: Shown, expression: str) -> Any:
    """A value out of the page's own objects; `app` is its element `vz-projector`."""
    return shown.app.locator("vz-projector").evaluate(f"app => {expression}")


def test_no_request_leaves_the_machine(shown):
    assert len(shown.requests) > 10
    assert {urlsplit(request).hostname for request in shown.requests} == {"127.0.0.1"}


def test_every_point_is_drawn(shown):
    assert shown.app.locator(".numDataPoints").inner_text() == str(COUNT)
    assert projector(shown, "app.dataSet.dim") == [COUNT, DIM]
    positions = projector(shown, "Array.from(app.projectorScatterPlotAdapter.scatterPlot.worldSpacePointPositions)")
    positions = np.array(positions).reshape(COUNT, 3)
    assert np.isfinite(positions).all()
    assert len(np.unique(positions.round(6), axis=0)) > 0.99 * COUNT
    canvas = np.asarray(Image.open(io.BytesIO(shown.app.locator("#scatter canvas").first.screenshot())).convert("L"))
    assert 0.02 < (canvas < 128).mean() < 0.9


def test_a_search_and_a_click_show_the_label_and_the_exact_neighbours(shown):
    """By cosine distance, of vectors less their mean: from 50 dimensions the page ticks "Spherize data" by itself."""
    select(shown, "0424", "sample 04242")
    assert shown.app.locator("#metadata-label").inner_text() == "sample 04242"
    assert shown.app.locator(".metadata-value").all_inner_texts() == ["sample 04242", "2"]
    centred = shown.vectors - shown.vectors.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    distances = 1 - unit @ unit[4242]
    nearest = np.argsort(distances)[1:11]
    rows = shown.app.locator(".nn-list .neighbor")
    assert rows.locator(".label").all_inner_texts()[:10] == [f"sample {i:05}" for i in nearest]
    found = [float(text) for text in rows.locator(".value").all_inner_texts()[:10]]
    np.testing.assert_allclose(found, distances[nearest], atol=6e-4)


def test_the_pictures_are_those_of_the_neighbours(shown):
    """Pixel by pixel: each picture writes the number of its sample in bits."""
    select(shown, "e 0999", "sample 09999")
    rows = shown.app.locator(".nn-list .neighbor")
    expected = numbered(COUNT)
    for i in range(3):
        number = int(rows.nth(i).locator(".label").inner_text().removeprefix("sample "))
        shot = Image.open(io.BytesIO(rows.nth(i).locator(".sprite-image").screenshot())).convert("L")
        centres = (np.arange(8) + 0.5) / 8
        places = np.ix_((centres * shot.height).astype(int), (centres * shot.width).astype(int))
        np.testing.assert_array_equal(np.asarray(shot)[places] > 127, expected[number] > 127)


def test_a_label_is_text_and_never_markup(shown):
    select(shown, "onerror", HOSTILE)
    assert shown.app.locator("#metadata-label").inner_text() == HOSTILE
    assert shown.app.locator("img[src=x]").count() == 0
    assert shown.app.locator("vz-projector").evaluate("() => document.title") != "broken"
