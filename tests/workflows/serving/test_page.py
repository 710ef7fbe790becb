"""The page for people, in a real browser: its own form is answered, and a phone shows all of it."""

import json

import pytest

from tests.browser import open_browser
from tests.workflows.serving.client import Means, client, png


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with client(Means(tmp_path_factory.mktemp("gallery"))) as found:
        yield found.url


def test_the_form_is_answered_and_a_phone_shows_the_page(url, tmp_path):
    """A browser that is told to send no referrer calls itself of no origin, too."""
    (tmp_path / "red.png").write_bytes(png())
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 360, "height": 700}, is_mobile=True)
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate("window.innerWidth") == 360  # not a page for a desktop, made small
        box = page.get_by_role("button", name="/match").bounding_box()
        assert box["x"] + box["width"] <= 360
        page.set_input_files("input[type=file]", tmp_path / "red.png")
        page.get_by_role("button", name="/match").click()
        page.wait_for_url(f"{url}/match")
        assert json.loads(page.inner_text("body"))["queries"][0]["name"] == "red"
