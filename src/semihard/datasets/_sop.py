"""Stanford Online Products: what was for sale, a few photographs of each thing."""

import os

from semihard.datasets._layout import root_of, rows_of, there, with_counts
from semihard.datasets.image_table import ImageTable

LISTS = {"train": "Ebay_train.txt", "test": "Ebay_test.txt"}
PUBLISHED = {"train": (59_551, 11_318), "test": (60_502, 11_316)}


def sop(path: str | os.PathLike[str]) -> ImageTable:
    """Return Stanford Online Products: 11,318 products to train on, 11,316 others to test on, of twelve kinds.

    To evaluate, search each test image among the others: `semihard.evaluate(embeddings, table.labels)`.

    Args:
        path: the folder Stanford_Online_Products, with `Ebay_train.txt`, `Ebay_test.txt` and the images.

    Returns:
        `ImageTable`: `labels` are the numbers of products, `columns` "superclass", as bicycle.

    Raises:
        FileNotFoundError: a list or an image that it names is not there.
        ValueError: a list that is not as published.

    Source:
        Oh Song, Xiang, Jegelka, Savarese 2016, "Deep Metric Learning via Lifted Structured Feature Embedding", section
        "Online Products dataset": 59,551 and 60,502 images.
    """
    root = root_of("Stanford Online Products", path, *LISTS.values())
    table = ImageTable([], [], [], {"superclass": []})
    for part, name in LISTS.items():
        for _, product, _, file in rows_of(root / name, "image_id", "class_id", "super_class_id", "path", skip=1):
            table.paths.append(root / file)
            table.labels.append(product)
            table.split.append(part)
            table.columns["superclass"].append(file.split("/")[0].removesuffix("_final"))
    there("Stanford Online Products", table.paths)
    return with_counts("Stanford Online Products", table, "split", PUBLISHED)
