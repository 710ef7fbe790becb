"""A JSON that vouches for itself and for files beside it, by their SHA-256."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semihard._core.runs.manifest import describe


class Damaged(Exception):
    """Attributes:
    file: that is not as it was written.
    received: what it is instead.
    """

    def __init__(self, file: Path, received: object) -> None:
        super().__init__(file, received)
        self.file, self.received = file, received


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to write: the content, which JSON can hold, and its SHA-256.

    Example:
        >>> sorted(sealed({"format": "semihard notes", "version": 1}))
        ['format', 'sha256', 'version']
    """
    return {**content, "sha256": _digest(content)}


def read_sealed(path: Path, form: str, version: int) -> dict[str, Any]:
    """Return the content of a sealed file of this format and version.

    Raises:
        Damaged: it is missing, or not as it was written.
        PermissionError: it cannot be read.
        ValueError: it is of another version.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except PermissionError:
        raise
    except OSError as error:
        raise Damaged(path, error.strerror) from error
    except (ValueError, RecursionError) as error:
        raise Damaged(path, f"what is no JSON ({error})") from error
    if not isinstance(found, dict) or found.get("format") != form:
        raise Damaged(path, f'what lacks "format": "{form}"')
    if found.pop("sha256", None) != _digest(found):
        raise Damaged(path, "what its own SHA-256 does not fit")
    if found.get("version") != version:
        raise ValueError(
            f"Expected {path} of format version {version}. Received: {found.get('version')!r}. Update semihard."
        )
    return found


def check_described(folder: Path, name: str, wanted: Mapping[str, Any]) -> None:
    """Raise `Damaged` unless a file is as `describe` found it; `PermissionError` if it cannot be read."""
    try:
        found = describe(folder, [name])[name]
    except PermissionError:
        raise
    except OSError as error:
        raise Damaged(folder / name, error.strerror) from error
    for what in ("bytes", "sha256"):
        if found[what] != wanted[what]:
            raise Damaged(folder / name, f"{what} {found[what]} instead of {wanted[what]}")


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
