"""Vectors of some pictures that follow one another, computed together: what every engine makes, and so the same bytes.

A part is PART pictures, whoever makes it: its batches are cut alike, and no batch holds pictures of two parts.
"""

import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from semihard._core.decode import CorruptImage, MissingImage
from semihard._core.files import whole_path
from semihard.data.preprocessing import Preprocessing
from semihard.workflows.searching.photos import status_of

PART = 256
# Why there is no vector of a picture that is gone.
NOT_THERE = MissingImage("").reason


class Part(NamedTuple):
    """Attributes:
    rows: int64 [n], places of the pictures that have a vector.
    vectors: float32 [n, dim].
    failed: place → why it has none.
    """

    rows: NDArray[np.int64]
    vectors: NDArray[np.float32]
    failed: dict[int, str]


class Encodes(Protocol):
    """What a part needs of a model: an `Encoder`, which only those import who have Keras."""

    dim: int

    def __call__(self, pixels: NDArray[Any], batch: int) -> NDArray[np.float32]: ...


def make_part(
    paths: Sequence[str],
    first: int,
    preprocessing: Preprocessing,
    encoder: Encodes,
    *,
    batch: int,
    threads: int,
    told: Callable[[int], object] | None = None,
) -> Part:
    """Read pictures and return their vectors.

    Args:
        paths: of the pictures of this part.
        first: place of the first of them among all.
        preprocessing: what is done to them.
        encoder: the model.
        batch: pictures that the model is given at a time; at most twice as many are decoded too early.
        threads: that decode.
        told: called with how many of all pictures up to here are done.
    """
    rows: list[int] = []
    vectors: list[NDArray[np.float32]] = []
    failed: dict[int, str] = {}
    waiting: list[NDArray[Any]] = []
    last = first + len(paths) - 1
    with ThreadPoolExecutor(threads) as pool:
        for place, pixels in _decoded(paths, first, preprocessing, pool, 2 * batch):
            if isinstance(pixels, str):
                failed[place] = pixels
            else:
                rows.append(place)
                waiting.append(pixels)
            if waiting and (len(waiting) == batch or place == last):
                vectors.append(encoder(np.stack(waiting), batch))
                waiting.clear()
                if told is not None:
                    told(place + 1)
    made = np.concatenate(vectors) if vectors else np.empty((0, encoder.dim), np.float32)
    finite = np.isfinite(made).all(axis=1)
    failed |= {rows[at]: "the model makes no finite vector of it" for at in np.flatnonzero(~finite)}
    return Part(np.asarray(rows, np.int64)[finite], made[finite], dict(sorted(failed.items())))


def write_part(file: Path, part: Part) -> None:
    """Write a part, whole or not at all."""
    failed = np.frombuffer(json.dumps(part.failed).encode(), np.uint8)
    with whole_path(file) as temporary, temporary.open("wb") as opened:
        np.savez(opened, allow_pickle=False, rows=part.rows, vectors=part.vectors, failed=failed)


def read_part(file: Path) -> Part:
    """Read what `write_part` wrote."""
    with np.load(file, allow_pickle=False) as found:
        failed = {int(place): reason for place, reason in json.loads(found["failed"].tobytes()).items()}
        return Part(found["rows"], found["vectors"], failed)


def pixels_of(path: str, preprocessing: Preprocessing) -> NDArray[Any] | str:
    """The pixels of a picture as the model takes them, or why there are none."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return "its name is no UTF-8: rename it"
    try:
        if status_of(path) is None:  # a pipe would be waited for
            raise MissingImage(path) if not os.path.lexists(path) else CorruptImage(path, "no regular file")
        return preprocessing(path)
    except CorruptImage as error:
        return " ".join(error.reason.split())


def _decoded(
    paths: Sequence[str], first: int, preprocessing: Preprocessing, pool: ThreadPoolExecutor, ahead: int
) -> Iterator[tuple[int, Any]]:
    """Yield (place, pixels or why there are none) in order, at most `ahead` of them decoded too early."""
    queue: deque[tuple[int, Future[Any]]] = deque()
    for place, path in enumerate(paths, first):
        queue.append((place, pool.submit(pixels_of, path, preprocessing)))
        if len(queue) >= ahead:
            done, made = queue.popleft()
            yield done, made.result()
    for place, made in queue:
        yield place, made.result()
