"""What pages name exists: dotted names, imports, options of the command line, extras, paths of this repository."""

import importlib
import re
import tomllib

import pytest

import semihard.losses  # noqa: F401 - pages name what needs Keras, too
from semihard import cli
from semihard.cli._parsing import WrongUsage
from tests.docs.pages import NOTEBOOKS, PAGES, ROOT, blocks, name_of, of_semihard, spans

DOTTED = re.compile(r"(?<![\w./-])semihard((?:\.\w+)+)")
IMPORT = re.compile(r"from (semihard[\w.]*) import (\w+(?:, \w+)*)")
PLACE = re.compile(r"(?<![\w./-])(?:src|tests|benchmarks|examples|docs|tools|web)/[\w./-]*\w")
# Pages for those who change the package.
INSIDE = {"ARCHITECTURE.md", "docs/add-a-loss.md"}
EXTRA = re.compile(r"(?:semihard|\"\.)\[([\w,]+)\]")


def code(page):
    """All code of a page: between backticks, and in blocks."""
    return [*spans(page), *(block.text for block in blocks(page))]


def resolve(name, inside=False):
    """The object of a dotted name, whose modules are imported where they need be."""
    found = importlib.import_module("semihard")
    path = "semihard"
    for part in name.split(".")[1:]:
        path += f".{part}"
        assert inside or not part.startswith("_"), f"{name} is private"
        found = getattr(found, part) if hasattr(found, part) else importlib.import_module(path)
    return found


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=name_of)
def test_names_are_there(page):
    text = page.read_text(encoding="utf-8")
    for path in DOTTED.findall(text):
        resolve(f"semihard{path}", name_of(page) in INSIDE)
    for module, names in IMPORT.findall(text):
        for name in names.split(", "):
            resolve(f"{module}.{name}", name_of(page) in INSIDE)


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=name_of)
def test_commands_have_these_options(page):
    """Of blocks that do not run, and of prose, too."""
    shell = [block.text for block in blocks(page) if block.language == "bash"]
    for text in [*shell, *(span for span in spans(page) if span.startswith("semihard "))]:
        for arguments in of_semihard(text):
            if len(arguments) == 1:  # in prose: the command as such
                arguments = [*arguments, "--help"]
            try:
                cli._parser().parse_args(arguments)
            except WrongUsage as error:
                raise AssertionError(f"{name_of(page)}: semihard {' '.join(arguments)}: {error}") from error
            except SystemExit as end:  # --help
                assert end.code == 0


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=name_of)
def test_paths_of_this_repository_are_there(page):
    for place in PLACE.findall("\n".join(code(page))):
        assert (ROOT / place).exists(), f"{name_of(page)}: {place}"


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=name_of)
def test_extras_are_there(page):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extras in EXTRA.findall("\n".join(code(page))):
        assert set(extras.split(",")) <= set(project["optional-dependencies"]), f"{name_of(page)}: [{extras}]"


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=name_of)
def test_tests_that_a_page_names_are_there(page):
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for name in re.findall(r"`(test_\w+)`", page.read_text(encoding="utf-8")):
        assert f"def {name}(" in sources, f"{name_of(page)}: {name}"
