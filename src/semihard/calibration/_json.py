"""The file format of a calibration."""

import json
import math
import os
from pathlib import Path
from typing import Any

from semihard._files import whole_file

FORMAT, VERSION = "semihard calibration", 1


def write(path: str | os.PathLike[str], fields: dict[str, Any]) -> None:
    """Write the fields of a `Calibration` as JSON; floats come back to the last bit, and NaN is written as null."""
    achieved = {
        name: [None if math.isnan(value) else value for value in values] for name, values in fields["achieved"].items()
    }
    fitted = {name: None if math.isnan(value) else value for name, value in fields["fitted"].items()}
    content = {"format": FORMAT, "version": VERSION, **fields, "fitted": fitted, "achieved": achieved}
    with whole_file(path) as handle:
        json.dump(content, handle, indent=2, allow_nan=False)
        handle.write("\n")


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the fields of a `Calibration`.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not a calibration, or one of a newer format.
    """
    expected = f"Expected a file written by `Calibration.save`. Received {os.fspath(path)!r}"
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{expected}, which is not JSON: {error}.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f'{expected}, which lacks "format": "{FORMAT}". Check the path.')
    if content.get("version") != VERSION:
        raise ValueError(
            f"{expected} of format version {content.get('version')!r}; this release reads {VERSION}. Update semihard."
        )
    try:
        threshold = float(content["threshold"])
        fields = {
            "threshold": threshold,
            "criterion": str(content["criterion"]),
            "fitted": {name: _number(value) for name, value in content["fitted"].items()},
            "achieved": {name: _triple(values) for name, values in content["achieved"].items()},
            "confidence": float(content["confidence"]),
            "counts": {name: int(value) for name, value in content["counts"].items()},
            "dim": int(content["dim"]),
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{expected}, where a field is missing or damaged: {error!r}. Save it again.") from error
    if not 0.0 < threshold < math.inf:
        raise ValueError(f"{expected}, whose threshold is {threshold}, not a distance. Save it again.")
    return fields


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _triple(values: list[float | None]) -> tuple[float, float, float]:
    value, low, high = (_number(part) for part in values)
    return value, low, high
