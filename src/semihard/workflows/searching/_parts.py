"""Vectors of many pictures, a part at a time: what was made stays where the work is ended, and is not made again.

OUT.unfinished/job.json          what is being done: other parts are not of this job
OUT.unfinished/part-000003.npz   the vectors of PART pictures, and why others of them have none
"""

import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._core.decode import CorruptImage, MissingImage
from semihard._core.files import whole_file, whole_path
from semihard._core.runs.lock import locked
from semihard.data.preprocessing import Preprocessing
from semihard.workflows.searching.encoder import Encoder
from semihard.workflows.searching.photos import status_of

PART = 256
JOB, ENDING = "job.json", ".unfinished"


class Part(NamedTuple):
    """Attributes:
    rows: int64 [n], places of the pictures that have a vector.
    vectors: float32 [n, dim].
    failed: place → why it has none.
    """

    rows: NDArray[np.int64]
    vectors: NDArray[np.float32]
    failed: dict[int, str]


@contextmanager
def working_folder(out: Path, job: str) -> Iterator[Path]:
    """Yield the folder beside `out` in which it is made, with the parts of the same job that are there; remove it then.

    After an exception it stays, if a part is done and the pictures can be used.

    Raises:
        BlockingIOError: another process works in it.
        OSError: it cannot be made, or holds something else.
    """
    folder = out.with_name(out.name + ENDING)
    if os.path.lexists(folder) and not folder.is_dir():
        raise FileExistsError(f"Expected {folder} to be free. Received: a file. Move it away.")
    folder.mkdir(exist_ok=True)
    with locked(folder):
        if not (folder / JOB).is_file() and any(path.name[0] != "." for path in folder.iterdir()):
            raise FileExistsError(f"Expected {folder} to be free. Received: a folder of something else. Move it away.")
        if not _is_of(folder, job):
            _empty(folder)
            with whole_file(folder / JOB) as file:
                json.dump({"job": job}, file)
        for left in (*folder.glob(".part-*"), *folder.glob(".job.*")):  # of a process that was killed
            left.unlink(missing_ok=True)
        try:
            yield folder
        except BaseException as error:
            # Of pictures that cannot be used nothing is worth going on from.
            if isinstance(error, ValueError) or not any(folder.glob("part-*")):
                shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)


def discard_working_folder(out: Path) -> None:
    """Remove what a process that was killed at its very end has left, if it did."""
    folder = out.with_name(out.name + ENDING)
    if (folder / JOB).is_file():
        with locked(folder):
            shutil.rmtree(folder, ignore_errors=True)


def make_parts(
    paths: Sequence[str],
    folder: Path,
    preprocessing: Preprocessing,
    encoder: Callable[[], Encoder],
    *,
    batch: int,
    workers: int,
    progress: Callable[[int, int], object] | None,
) -> list[Path]:
    """Make the parts that are not in `folder` yet; return the files of all, in order.

    Args:
        paths: of the pictures.
        preprocessing: what is done to them.
        encoder: makes the model, if one is needed.
        batch: pictures that the model is given at a time, and at most so many are ahead of it.
        workers: threads that decode.
        progress: called with (pictures done, all pictures).
    """
    count, batch = len(paths), min(batch, len(paths))
    files = [folder / f"part-{number:06}.npz" for number in range(-(-count // PART))]
    model: Encoder | None = None
    with ThreadPoolExecutor(workers) as pool:
        for number, file in enumerate(files):
            first, end = number * PART, min((number + 1) * PART, count)
            if not file.exists():
                model = encoder() if model is None else model
                _write(file, _part(paths, range(first, end), preprocessing, model, batch, pool, progress))
            if progress is not None:
                progress(end, count)
    return files


def read_part(file: Path) -> Part:
    """Read a part that `make_parts` wrote."""
    with np.load(file, allow_pickle=False) as found:
        failed = {int(place): reason for place, reason in json.loads(found["failed"].tobytes()).items()}
        return Part(found["rows"], found["vectors"], failed)


def _part(
    paths: Sequence[str],
    places: range,
    preprocessing: Preprocessing,
    encoder: Encoder,
    batch: int,
    pool: ThreadPoolExecutor,
    progress: Callable[[int, int], object] | None,
) -> Part:
    rows: list[int] = []
    vectors: list[NDArray[np.float32]] = []
    failed: dict[int, str] = {}
    waiting: list[NDArray[Any]] = []
    for place, pixels in _decoded(paths, places, preprocessing, pool, 2 * batch):
        if isinstance(pixels, str):
            failed[place] = pixels
        else:
            rows.append(place)
            waiting.append(pixels)
        if waiting and (len(waiting) == batch or place == places[-1]):
            vectors.append(encoder(np.stack(waiting), batch))
            waiting.clear()
            if progress is not None:
                progress(place + 1, len(paths))
    if waiting:
        vectors.append(encoder(np.stack(waiting), batch))
    made = np.concatenate(vectors) if vectors else np.empty((0, encoder.dim), np.float32)
    finite = np.isfinite(made).all(axis=1)
    failed |= {rows[at]: "the model makes no finite vector of it" for at in np.flatnonzero(~finite)}
    return Part(np.asarray(rows, np.int64)[finite], made[finite], dict(sorted(failed.items())))


def _decoded(
    paths: Sequence[str], places: range, preprocessing: Preprocessing, pool: ThreadPoolExecutor, ahead: int
) -> Iterator[tuple[int, Any]]:
    """Yield (place, pixels or why there are none) in order, at most `ahead` of them decoded too early."""
    queue: deque[tuple[int, Future[Any]]] = deque()
    for place in places:
        queue.append((place, pool.submit(pixels_of, paths[place], preprocessing)))
        if len(queue) >= ahead:
            first, made = queue.popleft()
            yield first, made.result()
    for place, made in queue:
        yield place, made.result()


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


def _write(file: Path, part: Part) -> None:
    failed = np.frombuffer(json.dumps(part.failed).encode(), np.uint8)
    with whole_path(file) as temporary, temporary.open("wb") as opened:
        np.savez(opened, allow_pickle=False, rows=part.rows, vectors=part.vectors, failed=failed)


def _is_of(folder: Path, job: str) -> bool:
    try:
        return bool(json.loads((folder / JOB).read_text(encoding="utf-8")) == {"job": job})
    except (OSError, ValueError):
        return False


def _empty(folder: Path) -> None:
    for path in folder.glob("[!.]*"):  # not the lock
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
