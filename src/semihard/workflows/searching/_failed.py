r"""Pictures that could not be read: a table of path and reason, and a line about them."""

from collections.abc import Sequence
from pathlib import Path

from semihard._core.files import whole_file
from semihard._core.text import one_line

Failed = list[tuple[str, str]]
_NAMED = 3
# A cell is a cell, whatever the name of a file holds.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write_failed(path: Path, failed: Failed) -> None:
    """Write the table; with nothing in it, remove an older one."""
    if not failed:
        path.unlink(missing_ok=True)
        return
    with whole_file(path) as file:
        file.write("path\treason\n")
        for row in failed:
            file.write("\t".join(cell.translate(_ESCAPES) for cell in row) + "\n")


def undrawn_line(missing: Sequence[tuple[str, str]], count: int, where: object) -> str:
    """How many neighbors are drawn without a picture, the first of them and why.

    Example:
        >>> undrawn_line([("../photos/a.png", "no such file")] * 2, 5, "found.png")
        '2 of 5 neighbors are drawn without a picture in found.png: ../photos/a.png (no such file), for one.'
    """
    path, reason = missing[0]
    verb = "are" if count > 1 else "is"
    first = f"{one_line(path, 120)} ({one_line(reason, 80)})"
    more = ", for one" if len(missing) > 1 else ""
    return f"{len(missing):,} of {count:,} neighbors {verb} drawn without a picture in {where}: {first}{more}."


def failed_line(failed: Sequence[tuple[str, str]], count: int, where: Path | None = None) -> str:
    """How many failed, the first of them and why.

    Example:
        >>> failed_line([("a.png", "truncated")], 7)
        '1 of 7 pictures could not be read and are left out: a.png (truncated).'
    """
    named = "; ".join(f"{one_line(path, 60)} ({one_line(reason, 80)})" for path, reason in failed[:_NAMED])
    more = f"; and {len(failed) - _NAMED:,} more" if len(failed) > _NAMED else ""
    verb = "is" if len(failed) == 1 else "are"
    verb = "are" if count > 1 else verb
    listed = f" All are listed in {where}." if where is not None else ""
    return f"{len(failed):,} of {count:,} pictures could not be read and {verb} left out: {named}{more}.{listed}"
