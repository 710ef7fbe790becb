"""Tiny icon sets, as npm would have installed them: a rectangle of one colour an emoji."""

import json
from pathlib import Path

from semihard.datasets._emoji import VERSIONS

# Name of the icon, code points.
EMOJI = {
    "woman-technologist": "1f469-200d-1f4bb",
    "technologist": "1f9d1-200d-1f4bb",
    "technologist-dark-skin-tone": "1f9d1-1f3ff-200d-1f4bb",
    "dark-skin-tone": "1f3ff",
    "cat": "1f408",
    "black-cat": "1f408-200d-2b1b",
    "right-arrow": "27a1",
    "keycap-5": "0035-20e3",
}


def make_icons(folder: Path, without: dict[str, str] | None = None) -> Path:
    """Write the four packages; `without`: set → the icon that it lacks."""
    for place, (name, version) in enumerate(VERSIONS.items()):
        package = folder / "node_modules" / "@iconify-json" / name
        package.mkdir(parents=True)
        emoji = {icon: points for icon, points in EMOJI.items() if icon != (without or {}).get(name)}
        # Every set and every icon has a colour of its own.
        bodies = {
            icon: {"body": f'<rect width="32" height="32" fill="rgb({10 * list(EMOJI).index(icon)},{40 * place},99)"/>'}
            for icon in emoji
        }
        if "cat" in bodies:  # half as high as wide
            bodies["cat"] = {"body": bodies["cat"]["body"].replace('height="32"', 'height="16"'), "height": 16}
        icons = {"prefix": name, "icons": bodies, "width": 32, "height": 32}
        kinds = {"People & Body": [icon for icon in emoji if "technologist" in icon], "Other": list(emoji)[3:]}
        files = {
            "package": {"version": version},
            "icons": icons,
            "chars": {points: icon for icon, points in emoji.items()},
            "metadata": {"categories": kinds},
        }
        for file, content in files.items():
            (package / f"{file}.json").write_text(json.dumps(content))
    return folder
