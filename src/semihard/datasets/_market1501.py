"""Market-1501: people seen by six cameras."""

import os
import re

from semihard.datasets._layout import root_of, with_counts
from semihard.datasets.image_table import ImageTable

FOLDERS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
PUBLISHED = {"train": (12_936, 751), "query": (3_368, 750), "gallery": (13_115, 750), "distractor": (2_798, 1)}
# The person, and the camera.
_NAME = re.compile(r"(-1|\d+)_c(\d+)s\d+_.*\.jpg")
JUNK, DISTRACTOR = -1, 0


def market1501(path: str | os.PathLike[str]) -> ImageTable:
    """Return the people of Market-1501: 751 to train on, 750 others to search in what six cameras saw.

    To evaluate, search the queries in the gallery and the distractors, which are detections of nobody in particular:

        queries, gallery = table.where(role="query"), table.where(role=["gallery", "distractor"])
        semihard.evaluate(
            vectors, queries.labels, gallery=gallery_vectors, gallery_labels=gallery.labels,
            ids=queries.ids, gallery_ids=gallery.ids, measures=["recall_at", "average_precision"],
        )

    The ids are person and camera, so that a query is not searched among what its own camera saw of the person, as the
    protocol says. Recall@k is its CMC at rank k (single query), "map" its mAP.
    Junk (images of person -1, neither right nor wrong) is left out. To train, leave the distractors out:
    `table.where(role=["train", "query", "gallery"]).to_csv(…)`.

    Args:
        path: the folder Market-1501-v15.09.15, with `bounding_box_train`, `query` and `bounding_box_test`.

    Returns:
        `ImageTable`: `labels` are numbers of people, 0 for distractors; `columns` "role" (train, query, gallery or
        distractor) and "camera", from 1 to 6. The `split` of all but train is "test".

    Raises:
        FileNotFoundError: a folder is not there.
        ValueError: no images in it, or one of another name than 0002_c1s1_000451_03.jpg.

    Source:
        Zheng, Shen, Tian, Wang, Wang, Tian 2015, "Scalable Person Re-identification: A Benchmark", §3: 12,936 images to
        train on, 3,368 queries, and 19,732 others, of which 3,819 are junk and 2,798 distractors.
    """
    root = root_of("Market-1501", path, *FOLDERS.values())
    table = ImageTable([], [], [], {"role": [], "camera": []}, [])
    assert table.ids is not None  # noqa: S101 - for the type checker
    for role, folder in FOLDERS.items():
        files = sorted((root / folder).glob("*.jpg"))
        if not files:
            raise ValueError(f"Expected images (.jpg) in {root / folder}. Found none. Unpack its archive again.")
        for file in files:
            named = _NAME.fullmatch(file.name)
            if named is None:
                raise ValueError(f"Expected images with names as 0002_c1s1_000451_03.jpg. Received: {file}. Remove it.")
            person, camera = int(named[1]), int(named[2])
            if person == JUNK:
                continue
            table.paths.append(file)
            table.labels.append(person)
            table.split.append("train" if role == "train" else "test")
            table.columns["role"].append("distractor" if person == DISTRACTOR else role)
            table.columns["camera"].append(camera)
            table.ids.append(f"{person} seen by {camera}")
    return with_counts("Market-1501", table, "role", PUBLISHED)
