"""The file format of a calibration."""

import json
import math
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from semihard._core.text import one_line
from semihard.evaluation._estimates import Estimate, plain

FORMAT, VERSION = "semihard calibration", 1
# What `save` writes is below 2 KB.
LARGEST = 2**20
PARTS = ("fitted", "held_out")
RATES = ("far", "tar", "precision", "f1")


def content(fields: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return what a file holds.

    Args:
        fields: of a `Calibration`; floats come back to the last bit, and NaN is written as null.
        more: what follows from them.
    """
    achieved = {name: [figure.value, *(figure.interval or (None, None))] for name, figure in fields["achieved"].items()}
    found: dict[str, Any] = plain({"format": FORMAT, "version": VERSION, **fields, "achieved": achieved, **more})
    return found


def read(path: str | os.PathLike[str], judged: Collection[str]) -> dict[str, Any]:
    """Read the fields of a `Calibration`.

    Args:
        path: of the file.
        judged: what that field may say.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not a calibration, one of a newer format, or a field is not as `content` makes it.
    """
    expected = f"Expected a file written by `Calibration.save`. Received {os.fspath(path)!r}"
    with Path(path).open("rb") as handle:
        text = handle.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError(f"{expected}, which is larger than any such file. Check the path.")
    try:
        found = json.loads(text.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{expected}, which is not JSON as `save` writes it: {error}.") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f'{expected}, which lacks "format": "{FORMAT}". Check the path.')
    if not _whole(found.get("version")) or found["version"] != VERSION:
        raise ValueError(
            f"{expected} of format version {_short(found.get('version'))}; this release reads {VERSION}. "
            "Update semihard."
        )
    known = {
        "threshold": lambda value: _real(value) and value > 0,
        "criterion": lambda value: isinstance(value, str),
        "fitted": lambda value: _named(value, RATES, _rate),
        "achieved": lambda value: _named(value, RATES, _triple),
        "confidence": lambda value: _real(value) and 0 < value < 1,
        "counts": _counts,
        "dim": lambda value: value is None or (_whole(value) and value > 0),
        "judged": lambda value: isinstance(value, str) and value in judged,
        "directions": lambda value: isinstance(value, bool),
        "worth": lambda value: isinstance(value, str),
    }
    # "figures" and "worth" follow from the others; files of before had no figures.
    fields = {name: value for name, value in found.items() if name not in ("format", "version", "figures")}
    if unknown := sorted(fields.keys() - known.keys()):
        raise ValueError(f"{expected}, where {_short(unknown[0])} is unknown. Save it again.")
    for name, right in known.items():
        if name not in fields:
            raise ValueError(f"{expected}, where {name!r} is missing. Save it again.")
        if not right(fields[name]):
            raise ValueError(f"{expected}, where {name!r} is damaged: {_short(fields[name])}. Save it again.")
    del fields["worth"]
    return {
        **fields,
        "threshold": float(fields["threshold"]),
        "confidence": float(fields["confidence"]),
        "fitted": {name: _or_nan(value) for name, value in fields["fitted"].items()},
        "achieved": {
            name: Estimate(_or_nan(value), None if None in ends else (float(ends[0]), float(ends[1])))
            for name, (value, *ends) in fields["achieved"].items()
        },
    }


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found


def _short(value: Any) -> str:
    return one_line(repr(value), 60)


def _real(value: Any) -> bool:
    # 1e999 is JSON, and infinite; an integer may be too large for a float.
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _rate(value: Any) -> bool:
    return value is None or (_real(value) and 0 <= value <= 1)


def _triple(values: Any) -> bool:
    return isinstance(values, list) and len(values) == 3 and all(map(_rate, values))


def _named(value: Any, names: Collection[str], right: Any) -> bool:
    return isinstance(value, dict) and all(name in names and right(entry) for name, entry in value.items())


def _counts(value: Any) -> bool:
    """The counts of one part or two, each whole."""
    parts = [[f"{part}_{name}" for name in ("identities", "genuine_pairs", "impostor_pairs")] for part in PARTS]
    allowed: tuple[list[str], ...] = ([], parts[0], parts[0] + parts[1])
    return (
        isinstance(value, dict)
        and any(set(names) == value.keys() for names in allowed)
        and all(_whole(count) and 0 <= count < 2**63 for count in value.values())
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)
