"""Who makes the vectors: this process, or actors of Ray on one machine or many."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

from semihard._core import checks
from semihard._core.extras import RAY, require
from semihard.workflows._job import computing_on
from semihard.workflows.searching._pieces import PieceMaker, Plan
from semihard.workflows.searching._shards import ShardFormat
from semihard.workflows.searching.encoder import encoder_of
from semihard.workflows.searching.run_files import RunFiles

ENGINES = ("local", "ray")
# Of Ray, which says by itself which GPU a process sees.
FAR_DEVICES = ("auto", "cpu", "gpu")
Progress = Callable[[int, int], object] | None


def make_files(
    plan: Plan,
    files: RunFiles,
    *,
    batch: int,
    workers: int | None,
    device: str,
    engine: str = "local",
    shards: ShardFormat | None = None,
    progress: Progress = None,
) -> None:
    """Make those files of a plan that are not there yet.

    Args:
        plan: which.
        files: of the run.
        batch: pictures that the model is given at a time.
        workers: threads that decode, or actors; None for as many as are good.
        device: that the model is on; this process computes on it already.
        engine: one of ENGINES.
        shards: what is written; None for parts.
        progress: called with (pictures done, all pictures).
    """
    count = len(plan.photos.paths)
    # All batches are of one size, whoever computes them: on it the last bits of a vector may depend.
    batch = min(batch, count, plan.size)
    if engine == "ray":
        from semihard.workflows.searching._ray import make_on_ray

        make_on_ray(plan, files, batch=batch, workers=workers, device=device, shards=shards, progress=progress)
        return
    make: PieceMaker | None = None
    for number, file in enumerate(plan.files):
        if not file.exists():
            make = make or PieceMaker(
                encoder_of(files, device), files.preprocessing, batch, thread_count(workers), shards
            )
            make(plan.piece(number), None if progress is None else partial(_tell, progress, count))
        if progress is not None:
            progress(plan.places(number).stop, count)


def _tell(progress: Callable[[int, int], object], count: int, done: int) -> None:
    progress(done, count)


def check_engine(engine: str, device: str) -> None:
    """Raise `ValueError` for another engine, or a device that it does not know; `MissingPackage` without Ray."""
    checks.one_of("engine", engine, ENGINES)
    if engine == "ray":
        checks.one_of("device", device, FAR_DEVICES)
        require("ray", "Ray Data", RAY)


def here_on(engine: str, device: str) -> AbstractContextManager[None]:
    """Have Keras compute on a device while the block runs, if it is this process that computes."""
    return nullcontext() if engine == "ray" else computing_on(device)


def thread_count(workers: int | None) -> int:
    """How many threads decode."""
    return os.cpu_count() or 1 if workers is None else checks.whole_number("workers", workers, 1)
