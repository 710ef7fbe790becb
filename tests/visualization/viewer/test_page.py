"""The page as a file: whole, made of the committed sources, with every licence, and with data that cannot end it."""

import base64
import hashlib
import json
import os
import re
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.visualization import make_view, write_page
from semihard.visualization.pictures._colors import TEN
from semihard.visualization.viewer._write_page import as_json
from tests.visualization.viewer.pages import HOSTILE, hostile_view

SOURCES = Path(__file__).parents[3] / "web" / "viewer"
PAGE = resources.files("semihard.visualization.viewer").joinpath("page/view.html").read_text(encoding="utf-8")


class Elements(HTMLParser):
    """Every start tag, and the text of each script by its id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.within = ""
        self.scripts: dict[str, str] = {}
        self.title = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.within = tag
        if tag == "script":
            self.scripts[dict(attributes).get("id", "program")] = ""

    def handle_endtag(self, tag):
        self.within = ""

    def handle_data(self, data):
        if self.within == "script":
            self.scripts[[*self.scripts][-1]] += data
        elif self.within == "title":
            self.title += data


def test_it_was_built_from_the_committed_sources():
    """The same sum as in build.js; `npm run build` in web/viewer makes it anew."""
    names = [
        "build.js",
        "package.json",
        "page.html",
        "style.css",
        *(f"src/{p.name}" for p in (SOURCES / "src").iterdir()),
    ]
    found = hashlib.sha256()
    for name in sorted(names):
        found.update(f"{name}\n".encode() + (SOURCES / name).read_bytes())
    assert re.search("SHA-256 of its sources: ([0-9a-f]+)", PAGE)[1] == found.hexdigest()


def test_only_its_own_program_may_run():
    (program,) = [text for name, text in Elements(PAGE).scripts.items() if name == "program"]
    wanted = base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()
    (policy,) = re.findall('http-equiv="Content-Security-Policy" content="([^"]+)"', PAGE)
    assert f"script-src 'sha256-{wanted}' 'unsafe-eval'" in policy
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "http" not in policy


def test_every_package_has_its_exact_version_and_its_licence():
    package = json.loads((SOURCES / "package.json").read_text())
    licences = (
        resources.files("semihard.visualization.viewer").joinpath("page/LICENSES.txt").read_text(encoding="utf-8")
    )
    named = {**package["dependencies"], **package["overrides"]}
    for name, version in {**named, **package["devDependencies"]}.items():
        assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version), name
    for name, version in named.items():
        assert f"\n{name} {version} (" in licences
        assert f"\n{name} {version} (" in PAGE
    assert not (SOURCES / "package-lock.json").exists()


def test_its_ten_colours_are_those_of_the_pictures():
    text = (SOURCES / "src" / "colors.js").read_text()
    assert tuple(re.findall('^  "(#[0-9a-f]{6})",$', text, re.MULTILINE)) == TEN


def test_hostile_text_adds_no_element(tmp_path):
    """The same elements as a page of plain labels; the JSON reads back as it was."""
    page = write_page(hostile_view(), tmp_path / "view.html").read_text(encoding="utf-8")
    elements = Elements(page)
    plain = make_view(np.zeros((3, 1)), {"label": [0, 1, 2], "a": [0, 1, "x"], "b": [1, 2, 3]}, methods=["pca"], k=1)
    expected = Elements(write_page(plain, tmp_path / "plain.html").read_text(encoding="utf-8"))
    assert elements.tags == expected.tags
    data = json.loads(elements.scripts["page"])
    assert {*data["columns"][0]["values"]} == {*HOSTILE}
    assert data["title"] == elements.title == HOSTILE[1]


@settings(deadline=None)
@given(st.recursive(st.none() | st.text(st.characters(exclude_categories=())) | st.integers(), st.lists))
def test_any_json_comes_back_from_within_a_script(value):
    text = as_json(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert text.isascii()
    assert json.loads(text) == value


def test_arrays_come_back(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(70_000, 2)).astype(np.float32)
    labels = np.arange(70_000)  # more than two bytes hold
    view = make_view(vectors, {"label": labels, "x": vectors[:, 0]}, methods=["pca"], k=0)
    scripts = Elements(write_page(view, tmp_path / "view.html").read_text()).scripts

    def read(name, dtype):
        return np.frombuffer(base64.b64decode(scripts[f"data:{name}"]), dtype)

    np.testing.assert_array_equal(read("map-0-0", "<f4").reshape(-1, 2), view.frames[0].maps[0])
    np.testing.assert_array_equal(read("column-0", "<i4"), labels)
    np.testing.assert_array_equal(read("column-1", "<f8"), vectors[:, 0])


def test_a_failure_leaves_the_old_page(tmp_path, monkeypatch):
    view = make_view([[0.0], [1.0]], ["a", "b"], methods=["pca"])
    page = write_page(view, tmp_path / "view.html")
    before = page.read_bytes()

    def full(_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_page(view, page)
    assert page.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["view.html"]
