"""One page of Markdown a case: its tables, its options, and `--write`."""

import argparse
import sys
from collections.abc import Iterable, Sequence

from benchmarks.harness.checkout import CHECKOUT, PAGES
from benchmarks.harness.machine import machine


def options(case: str, description: str, pages: str = "") -> argparse.ArgumentParser:
    """A parser of the case's command line, with `--write` where it has a page (`pages` says which, if not its own)."""
    parser = argparse.ArgumentParser(
        f"python -m benchmarks {case}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    page = pages or (PAGES / f"{case}.md").relative_to(CHECKOUT)
    parser.add_argument("--write", action="store_true", help=f"also write {page}")
    return parser


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], words: Sequence[str] = ()) -> str:
    """A Markdown table; columns hold figures, and are aligned so, except those that `words` names."""
    lines = [columns, *rows]
    body = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([body[0], f"|{''.join('---|' if name in words else '---:|' for name in columns)}", *body[1:]])


def section(title: str, *parts: str) -> str:
    """A heading of the second order and what stands below it."""
    return "\n\n".join([f"## {title}", *parts])


def page(title: str, *parts: str) -> str:
    """The whole page: paragraphs, tables and sections; empty ones are left out."""
    return "\n\n".join([f"# {title}", *(part for part in parts if part)]) + "\n"


def made_by(case: str) -> str:
    """How every page begins: what made it, and where."""
    return f"Made by `python -m benchmarks {case}` on {machine()}"


def publish(case: str, text: str, write: bool) -> None:
    """Print the page, and write it where that is asked for."""
    print(text)
    if write:
        PAGES.mkdir(parents=True, exist_ok=True)
        (PAGES / f"{case}.md").write_text(text, encoding="utf-8")


def times(above: float | None, below: float | None) -> str:
    """How many times `below` goes into `above`; a dash where one of them is not known."""
    return f"{above / below:.3g}×" if above and below else "–"


def progress(line: str) -> None:
    """Show what is being measured, on the terminal's one line where there is a terminal."""
    tty = sys.stderr.isatty()
    print(f"\r\x1b[K{line}" if tty else line, end="" if tty else "\n", file=sys.stderr, flush=True)
