"""Samples with their nearest neighbours, right and wrong ones marked."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core import checks
from semihard._core.canvas import picture_format
from semihard._core.embeddings import embedding_array
from semihard._core.images import checked_images
from semihard._core.labels import unique_labels
from semihard.evaluation.search import nearest_neighbors
from semihard.visualization.pictures._samples import checked_labels, checked_positions, short_number
from semihard.visualization.pictures._strip import NEUTRAL, RIGHT, WRONG, Strip

# Inches between the query and its neighbours.
_APART = 0.35


def plot_neighbors(
    images: Any,
    embeddings: Any,
    labels: Any,
    path: str | os.PathLike[str],
    *,
    queries: int | Sequence[int] | np.ndarray[Any, Any] = 8,
    k: int = 8,
    seed: int = 0,
    title: str | None = None,
) -> Path:
    """Draw queries, a row each, with their k nearest neighbours among all other samples, nearest first.

    A neighbour of the query's class has a blue frame and a tick before its distance, any other an orange, broken frame
    and a cross. The search is exact, by Euclidean distance in the space of the embeddings.

    Args:
        images: one a sample: [n, height, width], or [n, height, width, 1, 3 or 4]. Integers from 0 to 255, or floats
            from 0 to 1.
        embeddings: [n, dim], finite.
        labels: [n] or [n, 1], integers or strings.
        path: where to write; PNG or SVG by its suffix.
        queries: positions of the samples to ask for; or how many, and they are chosen so that half of them have a wrong
            nearest neighbour and half a right one (more of one kind where there are too few of the other). Among those
            they are drawn at random, class after class, so that many classes appear. Wrong ones stand first.
        k: neighbours a query.
        seed: of the choice.
        title: a line above the picture.

    Returns:
        `path`.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError, ValueError: shapes or lengths that do not fit, embeddings that are not finite, fewer than two
            samples, positions that do not exist, an option out of its range, or a suffix other than .png or .svg.
        OSError: the directory is missing or not writable, or the disk is full.

    Example:
        >>> import tempfile
        >>> path = tempfile.mkdtemp() + "/neighbors.png"
        >>> plot_neighbors(np.zeros((4, 8, 8)), [[0], [1], [5], [6]], list("aabb"), path, queries=[0], k=2).name
        'neighbors.png'
    """
    picture_format(path)
    embeddings = embedding_array("embeddings", embeddings)
    k = checks.whole_number("k", k, 1)
    checks.whole_number("the number of `embeddings`", len(embeddings), 2)
    labels = checked_labels(labels, len(embeddings))
    images = checked_images(images, len(embeddings))
    if np.ndim(queries) == 0:
        rows = telling_queries(embeddings, labels, checks.whole_number("queries", queries, 1), seed)
    else:
        rows = checked_positions("queries", queries, len(embeddings))
    k = min(k, len(embeddings) - 1)
    distances, items = nearest_neighbors(embeddings[rows], embeddings, k=k, exclude=(np.arange(len(rows)), rows))

    strip = Strip(images, len(rows), k + 1, apart=_APART, right=0, title=title)
    strip.head(0, "query")
    strip.head_at(strip.left(1), "nearest neighbours and their distances")
    for row, query in enumerate(rows):
        strip.sample(row, 0, query, NEUTRAL, "", labels[query])
        for column, (distance, item) in enumerate(zip(distances[row], items[row], strict=True), start=1):
            right = labels[item] == labels[query]
            mark, label = (RIGHT, None) if right else (WRONG, labels[item])
            strip.sample(row, column, item, mark, short_number(distance), label)
    return strip.save(path)


def telling_queries(
    embeddings: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], count: int, seed: int
) -> np.ndarray[Any, Any]:
    """Return positions of at most `count` samples: half with a wrong nearest neighbour, first, and half with a right.

    Each half goes round the classes, in a random order, and takes a random sample of each in turn. Samples that are
    alone in their class cannot be right and are left out unless too few others are wrong.

    Args:
        embeddings: [n, dim], n ≥ 2.
        labels: [n].
        count: how many.
        seed: of the choice.
    """
    _, nearest = nearest_neighbors(embeddings, k=1)
    codes = unique_labels(labels)[1]
    sizes = np.bincount(codes)
    rng = np.random.default_rng(checks.whole_number("seed", seed, 0))
    order = rng.permutation(len(labels))
    right, alone = codes[nearest[:, 0]] == codes, sizes[codes] == 1
    # How many of its class and kind come before a sample: by it, classes take turns.
    kinds = [order[kind[order]] for kind in (~right & ~alone, right, alone)]
    wrong, correct, lonely = (kind[np.argsort(_turns(codes[kind]), kind="stable")] for kind in kinds)
    wrong = np.concatenate([wrong, lonely[: max(0, (count + 1) // 2 - len(wrong))]])
    some = min(len(correct), count // 2)
    chosen = wrong[: count - some]
    return np.concatenate([chosen, correct[: count - len(chosen)]])


def _turns(codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return how often each code [n] has come before its place."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    turns = np.empty(len(codes), np.int64)
    turns[order] = np.arange(len(codes)) - np.searchsorted(ordered, ordered)
    return turns
