"""Links in README and docs lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import NOTEBOOKS, PAGES, ROOT, name_of

LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=name_of)
def test_links_lead_somewhere(page):
    for link in ("".join(found) for found in LINK.findall(page.read_text(encoding="utf-8"))):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: there is no such file"
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


def test_every_picture_is_shown_by_a_page():
    shown = {
        (page.parent / "".join(found).partition("#")[0]).resolve()
        for page in PAGES
        for found in LINK.findall(page.read_text(encoding="utf-8"))
    }
    assert {*(ROOT / "docs").rglob("*.png"), *(ROOT / "docs").rglob("*.svg")} <= shown
