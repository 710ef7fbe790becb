"""What `semihard.index` has made."""

import dataclasses
from pathlib import Path
from shlex import quote

from semihard.gallery import IndexRecall
from semihard.workflows.searching._failed import Failed, failed_line

FAILED, THRESHOLD = "failed.tsv", "threshold.json"


@dataclasses.dataclass(frozen=True)
class Indexed:
    """What `semihard.index` returns; `print` it.

    Attributes:
        path: of the gallery.
        count, classes: of its items, and of their labels.
        threshold: up to which distance a query is named; None where there is none.
        failed: (path, reason) of each picture that is left out.
        said: what the threshold is worth, or why there is none.
        made: False if all was there already.
        added: how many pictures were added to those that were there; None of a new gallery.
        index: what its approximate index is worth; None without one.
    """

    path: Path
    count: int
    classes: int
    threshold: float | None
    failed: Failed
    said: str
    made: bool
    added: int | None = None
    index: IndexRecall | None = None

    @property
    def note(self) -> str | None:
        """A line about the pictures that are left out, if there are any."""
        count = (self.count if self.added is None else self.added) + len(self.failed)
        return failed_line(self.failed, count, self.path / FAILED) if self.failed else None

    def __str__(self) -> str:
        if not self.made:
            return f"{self.path} is there and whole: there is nothing left to do."
        there = f"{self.count:,} pictures of {self.classes:,} classes"
        lines = [
            f"Wrote {self.path}: {there}, with the model."
            if self.added is None
            else f"Added {self.added:,} pictures to {self.path}: {there}.",
            self.said,
            *([f"{self.index}."] if self.index is not None else []),
            f"Next: semihard search {quote(str(self.path))} PHOTO{' --ann' if self.index is not None else ''}",
        ]
        return "\n".join(lines)
