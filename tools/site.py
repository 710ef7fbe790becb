"""Puts together what the site is made of, in build/pages: `.ci/docs` does so, and makes the site of it.

The pages of this repository lie there as they lie here, so that a link means the same on the forge and on the site.
Beside them are the pages of reference, notebooks as pages, and what a page links to or shows.
"""

import re
import shutil
from pathlib import Path

from tests.docs.pages import PAGES, ROOT, name_of
from tools import notebooks, reference
from tools.links import linked

TO = ROOT / "build" / "pages"
# Pages that name what other libraries call as we do: their names are no links.
OF_OTHERS = ("docs/migration", "docs/benchmarks/", "benchmarks/")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)|<img src=\"([^\"]+)\"")


def files_of(page: Path) -> set[Path]:
    """The files of this repository that a page links to or shows."""
    found = {"".join(link) for link in LINK.findall(page.read_text(encoding="utf-8"))}
    paths = {(page.parent / link).resolve() for link in found if "://" not in link}
    return {path for path in paths if path.is_file()}


def contents() -> dict[str, str | bytes | Path]:
    """Path from the root of the site → the text of a page, the bytes of a picture, or the file that is copied."""
    found: dict[str, str | bytes | Path] = {
        name_of(path): path for path in set().union(*map(files_of, PAGES)) - set(PAGES)
    }
    for path in (ROOT / "tools" / "assets").iterdir():
        found[f"assets/{path.name}"] = path
    for page in PAGES:
        text = _to_pages(page.read_text(encoding="utf-8"))
        found[name_of(page)] = text if name_of(page).startswith(OF_OTHERS) else linked(text)
    for notebook in [path for path in found.values() if isinstance(path, Path) and path.suffix == ".ipynb"]:
        text, pictures = notebooks.page_of(notebook)
        found[name_of(notebook.with_suffix(".md"))] = linked(_to_pages(text))
        found |= {name_of(notebook.with_name(name)): picture for name, picture in pictures.items()}
    return {**found, **reference.pages()}


def _to_pages(text: str) -> str:
    """What links to a notebook leads to its page, as on the forge, which shows notebooks itself."""
    return text.replace(".ipynb)", ".md)")


def main() -> None:
    shutil.rmtree(TO, ignore_errors=True)
    for name, content in contents().items():
        path = TO / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())


if __name__ == "__main__":
    main()
