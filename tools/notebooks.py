"""Notebooks as pages: their text, their code, and what it printed and drew when they were made."""

import base64
import html
import json
import re
from pathlib import Path

HEADINGS = re.compile(r"^#+ (.+)$", re.MULTILINE)
COLORS = re.compile(r"\x1b\[[0-9;]*m")


def page_of(notebook: Path) -> tuple[str, dict[str, bytes]]:
    """The page, and the pictures beside it by their names."""
    pictures: dict[str, bytes] = {}
    parts, heading = [], notebook.stem
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            heading = [heading, *HEADINGS.findall(source)][-1]
        elif cell["cell_type"] == "code":
            parts.append(_block("python", source))
            parts += [_shown(output, notebook.stem, heading, pictures) for output in cell["outputs"]]
    return "\n\n".join(part for part in parts if part) + "\n", pictures


def _shown(output: dict, stem: str, heading: str, pictures: dict[str, bytes]) -> str:
    """Who does not see a picture is told the heading that it stands under."""
    data = output.get("data", {})
    if "image/png" in data:
        name = f"{stem}_{len(pictures)}.png"
        pictures[name] = base64.b64decode("".join(data["image/png"]))
        return f'<img src="{name}" alt="{html.escape(heading)}">'
    text = "".join(output.get("text", data.get("text/plain", "")))
    return _block("text", COLORS.sub("", text)) if text.strip() else ""


def _block(language: str, text: str) -> str:
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text)), 3)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
