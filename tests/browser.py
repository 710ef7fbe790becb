"""A real browser for tests of pages: the Chromium or Chrome that is installed, never one that is downloaded."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Software rendering, so that WebGL is there without a graphics card, and no traffic of the browser's own.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
)


def find_browser() -> str:
    """Return the path of a browser; without one skip the test, or fail it where SEMIHARD_BROWSER=required."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    missing = f"Expected a browser on PATH: {', '.join(NAMES)}. Received: none. Run: apt-get install chromium"
    if os.environ.get("SEMIHARD_BROWSER") == "required":
        pytest.fail(missing)
    pytest.skip(missing)


@contextmanager
def open_browser() -> Iterator[Any]:
    """Yield Playwright's `Browser`, headless; `new_page()` of it opens a page."""
    path = find_browser()
    playwright = pytest.importorskip("playwright.sync_api", reason="Expected playwright. Run: pip install playwright")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
