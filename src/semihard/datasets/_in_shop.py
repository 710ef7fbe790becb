"""In-Shop Clothes Retrieval of DeepFashion: pieces of clothing, in several poses."""

import os

from semihard.datasets._layout import root_of, rows_of, there, with_counts
from semihard.datasets.image_table import ImageTable

NAME = "In-Shop Clothes Retrieval"
LISTS = ("Eval/list_eval_partition.txt", "list_eval_partition.txt")
ROLES = ("train", "query", "gallery")
PUBLISHED = {"train": (25_882, 3_997), "query": (14_218, 3_985), "gallery": (12_612, 3_985)}


def in_shop(path: str | os.PathLike[str]) -> ImageTable:
    """Return DeepFashion's In-Shop Clothes Retrieval: 3,997 items to train on, 3,985 others to search.

    To evaluate, search the queries in the gallery, where none of them is:

        queries, gallery = table.where(role="query"), table.where(role="gallery")
        semihard.evaluate(vectors, queries.labels, gallery=gallery_vectors, gallery_labels=gallery.labels)

    Args:
        path: the folder of the benchmark, with `Eval/list_eval_partition.txt` (or the list by itself) and `img`, in
            `Img` or by itself.

    Returns:
        `ImageTable`: `labels` are ids of items; `columns` "role" (train, query or gallery) and "superclass", as
        WOMEN/Dresses. The `split` of queries and gallery is "test".

    Raises:
        FileNotFoundError: the list, or an image that it names, is not there.
        ValueError: a list that is not as published.

    Source:
        Liu, Luo, Qiu, Wang, Tang 2016, "DeepFashion: Powering Robust Clothes Recognition and Retrieval with Rich
        Annotations", benchmark "In-Shop Clothes Retrieval"; the numbers, 25,882, 14,218 and 12,612 images, are of the
        list as it was released.
    """
    root = root_of(NAME, path)
    listed = next((name for name in LISTS if (root / name).is_file()), LISTS[0])
    images = "Img" if (root / "Img").is_dir() else "."
    root_of(NAME, path, listed, f"{images}/img")
    file = root / listed
    table = ImageTable([], [], [], {"role": [], "superclass": []})
    for name, item, role in rows_of(file, "image_name", "item_id", "evaluation_status", skip=2):
        if role not in ROLES:
            raise ValueError(
                f"Expected evaluation_status of {file} to be one of {', '.join(ROLES)}. Received: {role!r}."
            )
        table.paths.append(root / images / name)
        table.labels.append(item)
        table.split.append("train" if role == "train" else "test")
        table.columns["role"].append(role)
        table.columns["superclass"].append("/".join(name.split("/")[1:-2]))
    there(NAME, table.paths)
    return with_counts(NAME, table, "role", PUBLISHED)
