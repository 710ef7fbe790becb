"""Icon sets as the npm packages @iconify-json/… hold them: found, checked and drawn."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.decode import read_image
from semihard._core.extras import DRAWINGS, MissingPackage

SCOPE = "@iconify-json"


@dataclasses.dataclass(frozen=True)
class IconSet:
    """One package.

    Attributes:
        icons: its `icons.json`.
        characters: code points, as "1f600" or "1f441-200d-1f5e8", → name of the icon.
        categories: name of an icon → what its set calls the kind of thing.
    """

    icons: dict[str, Any]
    characters: dict[str, str]
    categories: dict[str, str]

    def draw(self, characters: str, size: int) -> NDArray[np.uint8]:
        """Return an icon on white, uint8 [size, size, 3]; one that is not square stands in the middle."""
        try:
            import resvg_py
        except ImportError as error:
            raise MissingPackage("resvg-py", DRAWINGS, error) from error
        icon = self.icons["icons"][self.characters[characters]]
        left, top, width, height = (
            icon.get(name, self.icons.get(name, default))
            for name, default in (("left", 0), ("top", 0), ("width", 16), ("height", 16))
        )
        drawing = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{left} {top} {width} {height}" width="{size}" height="{size}">{icon["body"]}</svg>'
        )
        # Icons hold no text, so no font of this machine can change one.
        png = resvg_py.svg_to_bytes(
            svg_string=drawing, width=size, height=size, background="#ffffff", skip_system_fonts=True
        )
        return np.asarray(read_image(bytes(png), channels=3))


def read_icon_sets(path: str | os.PathLike[str], versions: dict[str, str]) -> dict[str, IconSet]:
    """Return name → `IconSet` of packages that npm has installed.

    Args:
        path: the folder in which `npm install` ran, its node_modules, or the folder @iconify-json in there.
        versions: name → the version that it must be.

    Raises:
        FileNotFoundError: a package is not there.
        ValueError: it has another version, or holds something else than an icon set.
    """
    given = Path(path)
    folder = next(
        (place for place in (given / "node_modules" / SCOPE, given / SCOPE) if place.is_dir()),
        given,
    )
    wanted = " ".join(f"{SCOPE}/{name}@{version}" for name, version in versions.items())
    advice = f"Run: npm install --prefix {given} {wanted}"
    sets = {}
    for name, version in versions.items():
        if not (folder / name / "icons.json").is_file():
            raise FileNotFoundError(f"Expected the npm package {SCOPE}/{name} in {given}. Received: none. {advice}")
        package = _read(folder / name / "package.json", "version")
        if package["version"] != version:
            raise ValueError(
                f"Expected {SCOPE}/{name} {version}, since others draw otherwise. Received: {package['version']} in "
                f"{folder / name}. {advice}"
            )
        icons = _read(folder / name / "icons.json", "icons")
        characters = _read(folder / name / "chars.json")
        kinds = _read(folder / name / "metadata.json", "categories")["categories"]
        sets[name] = IconSet(
            icons,
            {points: icon for points, icon in characters.items() if icon in icons["icons"]},  # else an alias, mirrored
            {icon: kind for kind, own in kinds.items() for icon in own},
        )
    return sets


def _read(path: Path, *keys: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"Expected {path} to be a file of JSON. Received: {error}. Install it again.") from error
    if not isinstance(found, dict) or any(key not in found for key in keys):
        raise ValueError(f"Expected {path} to hold {', '.join(keys) or 'names'}. Received: others. Install it again.")
    return found
