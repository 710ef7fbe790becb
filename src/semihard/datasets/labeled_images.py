"""Images in memory, with what each shows, who drew it, and a split of the classes that never changes."""

import dataclasses
import os
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from semihard._core import checks
from semihard._core.extras import pillow
from semihard._core.files import whole_file
from semihard.datasets._chance import chance

# A half of the families is for testing, and a quarter of the other half for validation.
TESTED, VALIDATED = 0.5, 0.625
TABLE = "table.csv"


@dataclasses.dataclass(frozen=True, eq=False)
class LabeledImages:
    """What `emoji` and `glyphs` return: drawings, many classes with a few of each.

    Attributes:
        images: uint8 [n, size, size, 3], or [n, size, size] grey.
        labels: int64 [n], from 0 to classes - 1.
        sources: text [n], who drew each: the set of icons, the font. Two drawings of a class have two sources.
        names: text [classes], of the class of each label.
        families: text [classes]. Classes of one family are variants of one thing, and stay in one part of the split.
        superclasses: text [classes], as the script of a character.

    Example:
        >>> drawn = LabeledImages(
        ...     images=np.zeros((4, 8, 8), np.uint8),
        ...     labels=np.array([0, 0, 1, 1]),
        ...     sources=np.array(["a", "b", "a", "b"]),
        ...     names=np.array(["cat", "dog"]),
        ...     families=np.array(["cat", "dog"]),
        ...     superclasses=np.array(["animal", "animal"]),
        ... )
        >>> train, validation, test = drawn.split(seed=2)
        >>> drawn.names[drawn.labels[train]].tolist(), drawn.names[drawn.labels[test]].tolist()
        (['dog', 'dog'], ['cat', 'cat'])
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    sources: NDArray[Any]
    names: NDArray[Any]
    families: NDArray[Any]
    superclasses: NDArray[Any]

    def __len__(self) -> int:
        return len(self.labels)

    def __str__(self) -> str:
        return (
            f"{len(self):,} images of {len(self.names):,} classes in {len(set(self.superclasses.tolist())):,} "
            f"superclasses, from {len(set(self.sources.tolist())):,} sources"
        )

    def split(self, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the places [k] of the images to train on, to validate on and to test on, ascending: all n.

        No class is in two parts, and no family. About a half of the families is for testing, and a quarter of the rest
        for validation, as one fold of four. The part of a family is a function of its name and the seed alone: it is
        the same on every machine, and stays when other classes are added or left out. Figures are of seeds 0, 1 and 2.

        Raises:
            TypeError, ValueError: a seed that is no whole number from 0.

        Source:
            Half of the classes for testing, four folds of the other half: Musgrave, Belongie, Lim 2020, "A Metric
            Learning Reality Check", §3.3.
        """
        seed = checks.whole_number("seed", seed, 0)
        part_of = {family: _part(seed, family) for family in set(self.families.tolist())}
        parts = np.array([part_of[family] for family in self.families.tolist()], np.int64)[self.labels]
        return np.flatnonzero(parts == 0), np.flatnonzero(parts == 1), np.flatnonzero(parts == 2)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all of it into one .npz file, whole or not at all; `LabeledImages.load` reads it in a second."""
        with whole_file(path, "wb") as file:
            np.savez_compressed(file, **{field.name: getattr(self, field.name) for field in dataclasses.fields(self)})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote.

        Raises:
            OSError: there is no such file, or it cannot be read.
            ValueError: it holds something else.
        """
        names = [field.name for field in dataclasses.fields(cls)]
        with np.load(path, allow_pickle=False) as file:
            if missing := [name for name in names if name not in file]:
                raise ValueError(
                    f"Expected {path} to be a file of `LabeledImages.save`. Received: one without "
                    f"{', '.join(missing)}. Make it again."
                )
            return cls(**{name: file[name] for name in names})

    def write_folder(self, path: str | os.PathLike[str], seed: int = 0) -> Path:
        """Write each image as a PNG file, and beside them the table that `semihard train` takes; return its path.

        Args:
            path: of the folder, which is made. `path`/000012/0003.png is image 3 of all, of class 12.
            seed: of the split that is in the table's column `split`: train, val or test.

        Raises:
            OSError: it cannot be written to.
            ImportError: Pillow is not installed.
        """
        image_module, folder = pillow(), Path(path)
        words = np.empty(len(self), object)
        for word, places in zip(("train", "val", "test"), self.split(seed), strict=True):
            words[places] = word
        rows = ["path,label,split\n"]
        for place, (image, label, word) in enumerate(zip(self.images, self.labels.tolist(), words, strict=True)):
            name = f"{label:06}/{place:06}.png"
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            image_module.fromarray(image).save(folder / name)
            rows.append(f"{name},{label},{word}\n")
        with whole_file(folder / TABLE) as file:
            file.writelines(rows)
        return folder / TABLE


def _part(seed: int, family: str) -> int:
    drawn = chance("split", seed, family)
    return 2 if drawn < TESTED else 1 if drawn < VALIDATED else 0
