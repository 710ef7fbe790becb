"""Draws the rooms of the package and what they import, as the sources say it: `python -m tools.architecture`.

Rooms stand on levels, each above all that it imports, so that every line goes downwards. An import that follows from
others is left out: `losses` imports `mining` and `backend`, `mining` imports `backend`, and only two lines are drawn.
"""

import ast
import re
import textwrap
from html import escape
from pathlib import Path

from tests.rooms import MODULES, ROOT, imports_keras, within
from tools.layers import Graph, Place, place

DRAWING = ROOT / "docs" / "architecture.svg"
WIDE, HIGH = 190.0, 124.0  # of a room
APART, BELOW = 20.0, 46.0  # two rooms of a level, two levels
LINE = 24  # letters in a line of a room
STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #444 }
  .name { font-weight: 600; font-size: 16px; fill: #111 }
  .said { font-size: 12.5px }
  .numpy { fill: #e6f4ea; stroke: #2e7d4f }
  .keras { fill: #e8eefc; stroke: #3457b2 }
  .import { fill: none; stroke: #777; stroke-width: 1.3; marker-end: url(#arrow) }
"""


def room_of(module: str) -> str:
    """The room on the first floor: `evaluation` of semihard.evaluation.search; empty for the package itself."""
    return ".".join(module.split(".")[1:2])


def rooms() -> Graph:
    """Room → the other rooms that any of its files imports, also within a function."""
    found: Graph = {room_of(name): set() for name in MODULES if name != "semihard"}
    for name, path in MODULES.items():
        if name != "semihard":
            found[room_of(name)] |= {room_of(other) for other in within(path)} - {room_of(name), ""}
    return found


def said(room: str) -> str:
    """The first sentence of a room's docstring."""
    text = ast.get_docstring(ast.parse(MODULES[f"semihard.{room}"].read_text(encoding="utf-8"))) or ""
    return re.split(r"\.(?:\s|$)", text.replace("`", ""))[0]


def box(room: str, at: Place) -> list[str]:
    own = {name for name in MODULES if room_of(name) == room}
    kind = "keras" if imports_keras(own) else "numpy"
    left, top = at.x - WIDE / 2, at.y
    lines = textwrap.wrap(said(room), LINE)
    return [
        f'<rect class="{kind}" x="{left:.0f}" y="{top:.0f}" width="{WIDE:.0f}" height="{HIGH:.0f}" rx="8"/>',
        f'<text class="name" x="{left + 10:.0f}" y="{top + 22:.0f}">{escape(room)}</text>',
        *(
            f'<text class="said" x="{left + 10:.0f}" y="{top + 41 + 15.5 * row:.0f}">{escape(line)}</text>'
            for row, line in enumerate(lines)
        ),
    ]


def line(points: list[Place]) -> str:
    """From the lower edge of a room to the upper edge of one below; levels between are crossed where there is room."""
    path, (x, y) = f"M{points[0].x:.0f} {points[0].y + HIGH:.0f}", (points[0].x, points[0].y + HIGH)
    for number, point in enumerate(points[1:], 1):
        last = number == len(points) - 1
        end = point.y - (5 if last else 0)
        middle = (y + end) / 2
        path += f" C{x:.0f} {middle:.0f} {point.x:.0f} {middle:.0f} {point.x:.0f} {end:.0f}"
        if not last:
            path += f" V{point.y + HIGH:.0f}"
        x, y = point.x, point.y + HIGH
    return f'<path class="import" d="{path}"/>'


def legend(y: float) -> list[str]:
    words = (
        ("numpy", "never imports Keras"),
        ("keras", "imports Keras, if only when it is used"),
    )
    found = []
    for number, (kind, text) in enumerate(words):
        x = 20 + 190 * number
        found.append(f'<rect class="{kind}" x="{x}" y="{y:.0f}" width="18" height="14" rx="3"/>')
        found.append(f'<text x="{x + 26}" y="{y + 12:.0f}">{text}</text>')
    found.append(f'<text x="520" y="{y + 12:.0f}">an arrow: imports; left out where it follows from others</text>')
    return found


def drawing() -> str:
    """The picture as SVG."""
    laid = place(rooms(), WIDE + APART, HIGH + BELOW)
    width = max(at.x for at in laid.nodes.values()) + WIDE / 2 + 20
    height = max(at.y for at in laid.nodes.values()) + HIGH + 50
    body = [
        *(line(points) for points in laid.edges),
        *(part for room, at in laid.nodes.items() for part in box(room, at)),
        *legend(height - 30),
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
            "<title>The rooms of semihard, and what they import</title>",
            f"<style>{STYLE}</style>",
            "<defs>"
            '<marker id="arrow" viewBox="0 0 8 8" refX="6" refY="4" orient="auto" markerWidth="7" markerHeight="7">'
            '<path d="M0 0 L8 4 L0 8 z" fill="#777"/></marker></defs>',
            f'<rect width="{width:.0f}" height="{height:.0f}" rx="10" fill="#fff"/>',
            *body,
            "</svg>",
            "",
        ]
    )


def main(to: Path = DRAWING) -> None:
    to.write_text(drawing(), encoding="utf-8")
    print(to)


if __name__ == "__main__":
    main()
