"""Public names in a text become links to their reference."""

import re
from functools import cache

from tools.public import doors, own_names

# Left as they are: blocks of code, headings, links; then what stands between backticks.
PARTS = re.compile(r"^```.*?^```$|^#.*?$|^ *>>>.*?$|\[[^\]]*\]\([^)]*\)|`([^`\n]+)`", re.MULTILINE | re.DOTALL)


@cache
def targets() -> dict[str, str]:
    """What is written → what it means: names in full, and short ones that mean nothing else and are no plain words."""
    whole = [f"{door}.{name}" for door in doors() for name in own_names(door)]
    short: dict[str, str] = {}
    for name in sorted(whole, key=lambda name: name.count(".")):  # semihard.evaluation.evaluate, not semihard.evaluate
        short[name.rpartition(".")[2]] = name
    telling = {word: name for word, name in short.items() if word != word.lower() or "_" in word}
    return {**telling, **{name: name for name in whole}}


def linked(text: str, own: str = "") -> str:
    """Markdown whose public names are links as mkdocstrings resolves them; but not to `own`."""

    def link(found: re.Match[str]) -> str:
        name = targets().get(found[1] or "", own)
        return found[0] if name == own else f"[`{found[1]}`][{name}]"

    return PARTS.sub(link, text)
