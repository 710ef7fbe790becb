"""Tables of image files: what the readers of the standard sets return."""

import csv
import dataclasses
import os
from collections import Counter
from pathlib import Path
from typing import Any, Self

from semihard._core import checks
from semihard._core.files import whole_file
from semihard.datasets._chance import chance


@dataclasses.dataclass(frozen=True, eq=False)
class ImageTable:
    """The images of a data set on this machine, with its published protocol; no image is read.

    Attributes:
        paths: [n], of the files, absolute.
        labels: [n], what each shows.
        split: [n], "train" or "test"; "val" for what `with_validation` has taken from the training classes.
        columns: name → [n], what else is known of each, as its superclass or camera.
        ids: [n] or None. What `semihard.evaluate` takes as `ids` and `gallery_ids`: a query is not searched among what
            has its id. None where that is the query alone.

    Example:
        >>> table = ImageTable([Path("/a.jpg"), Path("/b.jpg")], ["cat", "dog"], ["train", "test"], {"camera": [1, 2]})
        >>> print(table)
        2 images: train 1 of 1 classes, test 1 of 1 classes
        >>> table.where(camera=2).labels
        ['dog']
    """

    paths: list[Path]
    labels: list[Any]
    split: list[str]
    columns: dict[str, list[Any]] = dataclasses.field(default_factory=dict)
    ids: list[Any] | None = None

    def __len__(self) -> int:
        return len(self.paths)

    def __str__(self) -> str:
        counts, classes = Counter(self.split), {}
        for part in counts:
            classes[part] = len({label for label, own in zip(self.labels, self.split, strict=True) if own == part})
        parts = ", ".join(f"{part} {count:,} of {classes[part]:,} classes" for part, count in counts.items())
        return f"{len(self):,} images: {parts}"

    def where(self, **wanted: Any) -> Self:
        """Return the images that have this value, or one of a list of values, in `split`, `labels` or another column.

        Raises:
            ValueError: no such column, or no image that has it.

        Example:
            >>> table = ImageTable([Path("/a.jpg"), Path("/b.jpg")], [1, 2], ["train", "test"])
            >>> table.where(split="test").paths == [Path("/b.jpg")]
            True
        """
        own = {"split": self.split, "labels": self.labels, **self.columns}
        chosen = list(range(len(self)))
        for name, value in wanted.items():
            column = own[checks.one_of("column", name, own)]
            values = list(value) if isinstance(value, list | tuple | set) else [value]
            chosen = [place for place in chosen if column[place] in values]
            if not chosen:
                few = ", ".join(repr(value) for value in list(dict.fromkeys(column))[:10])
                raise ValueError(f"Expected images with {name} {value!r}. Found none. The column holds: {few}.")
        return dataclasses.replace(
            self,
            paths=[self.paths[place] for place in chosen],
            labels=[self.labels[place] for place in chosen],
            split=[self.split[place] for place in chosen],
            columns={name: [column[place] for place in chosen] for name, column in self.columns.items()},
            ids=None if self.ids is None else [self.ids[place] for place in chosen],
        )

    def with_validation(self, fraction: float = 0.25, seed: int = 0) -> Self:
        """Return the table in which about this part of the training classes is for validation: `split` is "val".

        Benchmarks publish no classes for it, and those of the test must choose nothing, no option and no epoch. A
        class's part is a function of its label and the seed alone.

        Raises:
            TypeError, ValueError: a fraction that is not between 0 and 1, or a seed that is no whole number from 0.

        Source:
            Musgrave, Belongie, Lim 2020, "A Metric Learning Reality Check", §3.3: a fourth of the training classes.
        """
        fraction, seed = checks.open_fraction("fraction", fraction), checks.whole_number("seed", seed, 0)
        held = {label for label in set(self.labels) if chance("validation", seed, label) < fraction}
        split = [
            "val" if part == "train" and label in held else part
            for part, label in zip(self.split, self.labels, strict=True)
        ]
        return dataclasses.replace(self, split=split)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a table of path, label, split and the other columns, for `semihard train`, `ImageFiles` and `embed`.

        Raises:
            OSError: it cannot be written.
        """
        with whole_file(path) as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["path", "label", "split", *self.columns])
            writer.writerows(zip(self.paths, self.labels, self.split, *self.columns.values(), strict=True))
