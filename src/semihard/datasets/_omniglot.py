"""Omniglot: handwritten characters of fifty alphabets."""

import os
import re

from semihard.datasets._layout import root_of, with_counts
from semihard.datasets.image_table import ImageTable

FOLDERS = {"train": "images_background", "test": "images_evaluation"}
PUBLISHED = {"train": (19_280, 964), "test": (13_180, 659)}
# Number of the character, number of who drew it.
_NAME = re.compile(r"\d+_(\d+)\.png")


def omniglot(path: str | os.PathLike[str]) -> ImageTable:
    """Return the characters of Omniglot, 20 drawings of each: 964 of 30 alphabets to train on, 659 of 20 to test on.

    To evaluate, search each test image among the others: `semihard.evaluate(embeddings, table.labels)`.

    Args:
        path: the folder that holds `images_background` and `images_evaluation`, as their archives unpack.

    Returns:
        `ImageTable`: `labels` are alphabet/character; `columns` "alphabet", and "drawer" from 1 to 20.

    Raises:
        FileNotFoundError: a folder is not there.
        ValueError: no images in it, or one of another name than 0709_01.png.

    Source:
        Lake, Salakhutdinov, Tenenbaum 2015, "Human-level concept learning through probabilistic program induction",
        Science 350, supplement: the background set and the evaluation set.
    """
    root = root_of("Omniglot", path, *FOLDERS.values())
    table = ImageTable([], [], [], {"alphabet": [], "drawer": []})
    for part, folder in FOLDERS.items():
        files = sorted((root / folder).glob("*/*/*.png"))
        if not files:
            raise ValueError(
                f"Expected images as alphabet/character01/0709_01.png in {root / folder}. Found none. Unpack its "
                "archive again."
            )
        for file in files:
            named = _NAME.fullmatch(file.name)
            if named is None:
                raise ValueError(f"Expected images with names as 0709_01.png. Received: {file}. Remove it.")
            table.paths.append(file)
            table.labels.append(f"{file.parts[-3]}/{file.parts[-2]}")
            table.split.append(part)
            table.columns["alphabet"].append(file.parts[-3])
            table.columns["drawer"].append(int(named[1]))
    return with_counts("Omniglot", table, "split", PUBLISHED)
