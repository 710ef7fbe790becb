"""Pages of reference, made of the sources: one a door of the package, and one of the command line's help."""

import argparse
import re
from collections.abc import Iterator
from functools import partial

from semihard import cli
from tools.public import defined, doors, module_docstring, own_names

FOLDER = "reference"
COMMANDS = f"{FOLDER}/command_line.md"


def page_of(door: str) -> str:
    """The page of a door, from the root of the site: reference/losses.md."""
    return f"{FOLDER}/{door.partition('.')[2] or 'semihard'}.md"


def door_page(door: str) -> str:
    """A table of the names, and each with its docstring, which mkdocstrings puts in the place of `:::`."""
    names = own_names(door)
    rows = [f"| [`{name}`][{door}.{name}] | {_cell(defined(door, name).summary)} |" for name in names]
    within = [f"* [`{other}`]({page_of(other).removeprefix(FOLDER + '/')})" for other in doors()[1:]]
    parts = [
        f"# {door}",
        module_docstring(door),
        *(["\n".join(within)] if door == "semihard" else []),
        "\n".join(["| name | what it is |", "|---|---|", *rows]),
        *(f"::: {door}.{name}" for name in names),
    ]
    return "\n\n".join(parts) + "\n"


def command_page() -> str:
    """What `semihard --help` and the help of each command say."""
    said = "Of files, Ctrl-C and exit status: [the directory of a run](../docs/runs.md)."
    parts = ["# The command line", said]
    for name, parser in parsers():
        parser.formatter_class = partial(parser.formatter_class, width=82)
        parts += [f"## {name}", f"```text\n{parser.format_help().rstrip()}\n```"]
    return "\n\n".join(parts) + "\n"


def parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """`semihard` and its commands, and what parses each."""
    whole = cli._parser()
    yield "semihard", whole
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from ((f"semihard {name}", parser) for name, parser in action.choices.items())


def pages() -> dict[str, str]:
    """The pages by their paths from the root of the site."""
    return {**{page_of(door): door_page(door) for door in doors()}, COMMANDS: command_page()}


def _cell(text: str) -> str:
    return re.sub(r"\|", r"\\|", text)
