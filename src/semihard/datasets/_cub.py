"""CUB-200-2011: two hundred kinds of birds."""

import os

from semihard.datasets._layout import root_of, rows_of, there, whole, with_counts
from semihard.datasets.image_table import ImageTable

TRAINED = 100
PUBLISHED = {"train": (5_864, 100), "test": (5_924, 100)}


def cub(path: str | os.PathLike[str]) -> ImageTable:
    """Return the birds of CUB-200-2011: the first 100 classes to train on, the other 100 to test on.

    To evaluate, search each test image among the others: `semihard.evaluate(embeddings, table.labels)`. The set's own
    split, of the images of every class, is for classification and not used.

    Args:
        path: the folder CUB_200_2011, with `images`, `images.txt`, `image_class_labels.txt` and `classes.txt`.

    Returns:
        `ImageTable`: `labels` are names of classes, as 001.Black_footed_Albatross.

    Raises:
        FileNotFoundError: a list or an image that it names is not there.
        ValueError: a list that is not as published.

    Source:
        Wah, Branson, Welinder, Perona, Belongie 2011, "The Caltech-UCSD Birds-200-2011 Dataset". The split by classes,
        5,864 and 5,924 images: Oh Song, Xiang, Jegelka, Savarese 2016, "Deep Metric Learning via Lifted Structured
        Feature Embedding", section "Evaluation".
    """
    root = root_of("CUB-200-2011", path, "images", "images.txt", "image_class_labels.txt", "classes.txt")
    names = dict(rows_of(root / "classes.txt", "class", "name"))
    class_of = dict(rows_of(root / "image_class_labels.txt", "image", "class"))
    table = ImageTable([], [], [])
    for image, name in rows_of(root / "images.txt", "image", "path"):
        number = class_of.get(image, "")
        if number not in names:
            raise ValueError(
                f"Expected a class of image {image} in {root / 'image_class_labels.txt'}, and a name in classes.txt. "
                f"Received: {number or 'none'}. Unpack its archive again."
            )
        table.paths.append(root / "images" / name)
        table.labels.append(names[number])
        table.split.append("train" if whole("class", number, root / "classes.txt") <= TRAINED else "test")
    there("CUB-200-2011", table.paths)
    return with_counts("CUB-200-2011", table, "split", PUBLISHED)
