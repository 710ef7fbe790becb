"""Every block of code in a page does what the page says a reader can do with it: it runs."""

import json
import re
import webbrowser

import keras
import pytest

from semihard import cli
from semihard.workflows.training import TrainingOptions
from tests.docs.given import GIVEN
from tests.docs.pages import LANGUAGES, PAGES, blocks, commands, name_of, of_semihard

BACKEND = keras.backend.backend()
# Page → how many of its blocks are not run. One more is a decision, to be made here too.
NOT_RUN = {
    "CONTRIBUTING.md": 3,  # installs, twice; `pytest`
    "README.md": 2,  # installs; `pytest` of all
    "docs/add-a-loss.md": 1,  # `pytest`
    "docs/backbones.md": 1,  # minutes of training
    "docs/datasets.md": 2,  # npm; apt-get
    "docs/export.md": 1,  # installs
    "docs/migration-weights.md": 2,  # Keras 2
    "docs/search.md": 2,  # Ray
    "docs/serve.md": 1,  # curl
    "docs/train.md": 1,  # a package of weights
    "examples/README.md": 2,  # Jupyter; minutes of training
}
# CI has these on each backend, and the rest once: what they show has tests of its own.
EVERYWHERE = ("README.md", "docs/training.md")
RUN = [
    pytest.param(page, id=name_of(page), marks=[] if name_of(page) in EVERYWHERE else pytest.mark.once)
    for page in PAGES
    if any(block.runs_on(BACKEND) for block in blocks(page))
]


@pytest.fixture
def reader(monkeypatch, tmp_path):
    """A directory of their own, a browser that stays shut, and Ctrl-C once something serves."""
    # A class of a page would take the place of that of the package.
    monkeypatch.setattr(keras.saving, "register_keras_serializable", lambda package: lambda cls: cls)
    monkeypatch.chdir(tmp_path)
    # What a page leaves to the defaults would train for as long as real pictures need it.
    few = {"epochs": 2, "size": 32}
    checked = TrainingOptions.checked
    monkeypatch.setattr(TrainingOptions, "checked", lambda given, *source: checked({**few, **given}, *source))
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda url: not opened.append(url))
    for server in ("visualization.projector.tensorboard", "workflows.serving"):
        monkeypatch.setattr(f"semihard.{server}._serve.wait_for_ctrl_c", lambda: None)
    return opened


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("page", RUN)
def test_the_blocks_of_a_page_run_in_their_order(page, reader):
    keras.utils.set_random_seed(0)
    names = GIVEN[name_of(page)]() if name_of(page) in GIVEN else {}
    for block in blocks(page):
        if not block.runs_on(BACKEND):
            continue
        if block.language == "python":
            # At the lines of the page, so that a traceback points into it.
            exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec"), names)
        elif block.language == "json":
            json.loads(block.text)
        else:
            assert len(commands(block.text)) == len(of_semihard(block.text)), "Say why it is not run: it is not ours."
            for arguments in of_semihard(block.text):
                assert cli.main(arguments) == 0, f"{name_of(page)}: semihard {' '.join(arguments)}"


def test_what_is_not_run_is_counted():
    found = {name_of(page): sum(block.not_run is not None for block in blocks(page)) for page in PAGES}
    assert {name: count for name, count in found.items() if count} == NOT_RUN


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_have_a_language_and_a_known_backend(page):
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{name_of(page)}:{block.line}"
        assert set(block.backends) <= {"tensorflow", "jax", "torch"}, f"{name_of(page)}:{block.line}"


def test_every_page_that_is_given_something_runs_something():
    assert set(GIVEN) <= {name_of(page) for page in PAGES if any(block.not_run is None for block in blocks(page))}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_block_that_is_only_quoted_is_python_all_the_same(page):
    for block in blocks(page):
        if block.language == "python":
            compile(block.text, f"{name_of(page)}:{block.line}", "exec")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_mark_stands_above_a_fence(page):
    """Elsewhere it would say nothing."""
    text = page.read_text(encoding="utf-8")
    marked = sum(block.not_run is not None or bool(block.backends) for block in blocks(page))
    assert len(re.findall(r"<!-- *(?:not run|runs on)", text)) == marked
