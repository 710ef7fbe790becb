"""The pages that users read, and the blocks of code in them.

A comment on the line above a fence says where its block runs, if that is not everywhere:

    <!-- not run: the reason -->
    <!-- runs on: tensorflow, torch -->
"""

import functools
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    ROOT / "benchmarks" / "README.md",
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
# Their text is in their scripts, beside them.
NOTEBOOKS = sorted(
    path.with_suffix(".py")
    for pattern in ("*.ipynb", "tutorials/*.ipynb")
    for path in (ROOT / "examples").glob(pattern)
)
MARK = re.compile(r"<!-- (not run|runs on): (.+?) -->")
# The last is what something printed.
LANGUAGES = ("bash", "json", "python", "text")
# What joins two commands, for the shell.
JOINTS = {"&&", "||", "|", ";"}


@dataclass(frozen=True)
class Block:
    """A fenced block: of which language, from which line of the page on (counted from 1), and what its mark says."""

    language: str
    text: str
    line: int
    not_run: str | None = None
    backends: tuple[str, ...] = ()

    def runs_on(self, backend: str) -> bool:
        return self.not_run is None and self.language != "text" and (not self.backends or backend in self.backends)


def name_of(page: Path) -> str:
    """As in the ids of tests: docs/losses.md."""
    return page.relative_to(ROOT).as_posix()


@functools.cache
def blocks(page: Path) -> tuple[Block, ...]:
    lines = page.read_text(encoding="utf-8").splitlines()
    fences = [number for number, line in enumerate(lines) if line.startswith("```")]
    assert len(fences) % 2 == 0, f"{name_of(page)}: a fence is open at the end"
    found = []
    for start, end in zip(fences[::2], fences[1::2], strict=True):
        mark = MARK.fullmatch(lines[start - 1]) if start else None
        kind, said = mark.groups() if mark else (None, "")
        found.append(
            Block(
                lines[start].removeprefix("```"),
                "\n".join(lines[start + 1 : end]) + "\n",
                start + 2,
                not_run=said if kind == "not run" else None,
                backends=tuple(said.split(", ")) if kind == "runs on" else (),
            )
        )
    return tuple(found)


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def spans(page: Path) -> list[str]:
    """What stands between backticks in the prose; in a table a bar is escaped."""
    return [span.replace("\\|", "|") for span in re.findall(r"`([^`]+)`", prose(page))]


def commands(text: str) -> list[list[str]]:
    """The commands of lines for a shell, as words; without what sets a variable for one of them."""
    found: list[list[str]] = []
    for line in text.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word not in JOINTS:
                words.append(word)
                continue
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            if words:
                found.append(words)
            words = []
    return found


def of_semihard(text: str) -> list[list[str]]:
    """The arguments of each call of the program `semihard`."""
    return [words[1:] for words in commands(text) if Path(words[0]).name == "semihard"]
