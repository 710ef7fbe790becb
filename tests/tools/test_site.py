"""Every public name and every page has its place on the site; names in a text lead there."""

import ast
import re

import pytest

from tests.docs.pages import PAGES, ROOT, name_of
from tests.rooms import MODULES
from tools import notebooks, reference, site
from tools.links import linked, targets
from tools.public import defined, doors, own_names, public


def listed() -> dict[str, list[str]]:
    """Module → its public names as tests/test_public.py lists them, each by hand."""
    found = {}
    for node in ast.walk(ast.parse((ROOT / "tests" / "test_public.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare) and ast.unparse(node.left).endswith(".__all__"):
            found[ast.unparse(node.left).removesuffix(".__all__")] = ast.literal_eval(node.comparators[0])
    return found


@pytest.mark.parametrize("module", sorted(listed()))
def test_every_public_name_has_its_place(module):
    assert list(public(module)) == listed()[module]
    page = reference.pages()[reference.page_of(module)]
    for name in listed()[module]:
        if f"{module}.{name}" not in MODULES:
            assert f"\n::: {module}.{name}\n" in page
        elif public(f"{module}.{name}") is None:  # workflows: its rooms have the pages
            assert [door for door in doors() if door.startswith(f"{module}.{name}.")]


@pytest.mark.parametrize("door", doors())
def test_every_public_name_says_what_it_is(door):
    for name in own_names(door):
        assert defined(door, name).summary, f"{door}.{name}"


def test_a_name_is_found_through_imports_and_where_it_comes_later():
    assert defined("semihard", "train").module == "semihard.workflows.training._train"
    assert defined("semihard.data", "BalancedBatches").module == "semihard.data.balanced_batches"
    assert defined("semihard.evaluation", "verify").module.startswith("semihard.evaluation.verification")
    assert defined("semihard.models", "PRETRAINED").summary.startswith("The names of the backbones")
    with pytest.raises(LookupError, match=r"semihard\.data to say where nothing comes from"):
        defined("semihard.data", "nothing")


def test_every_page_is_in_the_navigation_and_every_entry_is_a_page():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    entries = re.findall(r"[\w./-]+\.md", text)
    assert len(entries) == len(set(entries))
    assert set(entries) == {name for name in site.contents() if name.endswith(".md")}


def test_the_site_has_what_its_pages_link_to():
    contents = site.contents()
    assert {name_of(page) for page in PAGES} <= set(contents)
    assert {"docs/embedding.png", "docs/architecture.svg", "examples/mnist_semihard.py", "LICENSE"} <= set(contents)


def test_names_of_other_libraries_are_no_links():
    contents = site.contents()
    assert "[`TripletLoss`][semihard.losses.TripletLoss]" not in contents["docs/migration.md"]
    assert "[`TripletHardLoss`][semihard.losses.TripletHardLoss]" in contents["docs/losses.md"]


def test_each_command_has_its_help():
    page = reference.pages()[reference.COMMANDS]
    for command in ("tutorial", "train", "index", "search", "export", "serve"):
        assert f"\n## semihard {command}\n" in page and f"usage: semihard {command} " in page


def test_names_become_links_where_they_are_no_code_and_no_links():
    text = "# `TripletLoss`\n`TripletLoss` [`Memory`](x.md) `search`\n```python\n`TripletLoss`\n```\n>>> `Memory`"
    assert linked(text) == text.replace("\n`TripletLoss` [", "\n[`TripletLoss`][semihard.losses.TripletLoss] [")
    assert linked("`TripletLoss`", own="semihard.losses.TripletLoss") == "`TripletLoss`"
    assert targets()["Calibration"] == "semihard.evaluation.Calibration"
    assert "search" not in targets() and targets()["semihard.search"] == "semihard.search"


def test_a_notebook_shows_what_it_printed_and_drew():
    page, pictures = notebooks.page_of(ROOT / "examples" / "mnist_semihard.ipynb")
    assert "```python\n" in page and "```text\ntrain (60000, 28, 28, 1)" in page
    ((name, picture),) = pictures.items()
    assert f'<img src="{name}" alt="The map">' in page and picture.startswith(b"\x89PNG")
