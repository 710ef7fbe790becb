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
