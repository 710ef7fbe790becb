"""Memory and time of every cell (a loss, a batch size, a side), each side a worker in its own environment."""

import argparse
import statistics

from benchmarks.harness.checkout import BenchmarkError
from benchmarks.harness.environments import OURS, PEERS
from benchmarks.harness.page import progress
from benchmarks.harness.worker import Worker, Workers
from benchmarks.losses.definitions import LOSSES

TITLES = {
    **{side: f"semihard, {backend.title}" for side, backend in OURS.items()},
    **{side: peer.title for side, peer in PEERS.items()},
}
# So that all memory that a step gives back leaves the process, and every peak starts at the ground. The pool of
# TensorFlow's oneDNN would keep it.
GIVES_BACK = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536", "TF_ENABLE_ONEDNN_OPTS": "0"}
LEAST = 1.0  # MB; a process's size is not known better
TOLERANCE = 1e-3  # of values and gradients in float32, from distances that come from matrix products
SIGALRM, SIGKILL = -14, -9

Cell = tuple[str, int, str]  # loss, batch, side


class Results:
    """What was measured, by cell."""

    def __init__(self) -> None:
        self.memory: dict[Cell, dict[str, float]] = {}
        self.rounds: dict[Cell, list[float]] = {}
        self.failed: dict[Cell, str] = {}

    def time(self, cell: Cell) -> float | None:
        """Return milliseconds, the median over rounds."""
        return statistics.median(self.rounds[cell]) if cell in self.rounds else None

    def peak(self, cell: Cell) -> float | None:
        """Return MB; less than can be told apart is the least that can."""
        return max(self.memory[cell]["peak"], LEAST) if cell in self.memory else None

    def disagreement(self, loss: str, size: int, peer: str) -> str | None:
        """Return how a peer and ours differ in value or gradient, or None."""
        known = {side: self.memory[loss, size, side] for side in (peer, *OURS) if (loss, size, side) in self.memory}
        for what in ("value", "slope"):
            found = [answer[what] for answer in known.values()]
            # A NaN differs from everything, wherever it stands.
            if not all(abs(one - other) <= TOLERANCE * abs(other) for one in found for other in found):
                return f"{what}s differ: " + ", ".join(f"{side} {answer[what]:.6g}" for side, answer in known.items())
        return None


def run(arguments: argparse.Namespace) -> Results:
    """Measure everything asked for."""
    results = Results()
    for side in TITLES:  # one after the other, so that one process at a time holds what a step needs
        cells = [(loss, size, side) for loss in arguments.losses for size in arguments.sizes if side in sides_of(loss)]
        with Cells(arguments, results, GIVES_BACK) as measured:
            for cell in cells:
                progress(f"memory: {cell[0]}, {cell[1]}, {TITLES[side]}")
                answer = measured.ask("memory", cell)
                if answer is not None:
                    results.memory[cell] = answer
    try:
        for loss in arguments.losses:
            _time(loss, arguments, results)
    except KeyboardInterrupt:
        if not results.rounds:
            raise
        progress("Stopped; these are the figures so far.")
    progress("")
    return results


def _time(loss: str, arguments: argparse.Namespace, results: Results) -> None:
    """Time one loss, in processes that have done nothing else.

    What an earlier loss has left in a process's heap would spare a later one the kernel's work for fresh memory.
    """
    cells = [(loss, size, side) for size in arguments.sizes for side in sides_of(loss)]
    with Cells(arguments, results, {}) as measured:
        for number in range(arguments.rounds):
            for cell in cells:
                if cell in results.failed:
                    continue
                progress(f"round {number + 1}/{arguments.rounds}: {loss}, {cell[1]}, {TITLES[cell[2]]}")
                answer = measured.ask("measure", cell, seconds=arguments.seconds)
                if answer is not None:
                    # A round counts once, however many calls fitted into it.
                    results.rounds.setdefault(cell, []).append(statistics.median(answer))


def sides_of(loss: str) -> list[str]:
    """Return ours and the peers that have the loss."""
    return [*OURS, *LOSSES[loss].peers]


class Cells(Workers):
    """Workers that are asked for a cell, and note in the results why one has no answer."""

    def __init__(self, arguments: argparse.Namespace, results: Results, environ: dict[str, str]):
        super().__init__(lambda side: Worker(side, "losses.worker", side, environ=environ))
        self._arguments = arguments
        self._results = results
        self._limited: set[str] = set()

    def ask(self, do: str, cell: Cell, **more: float) -> dict | list | None:
        """Return the answer, or None."""
        loss, size, side = cell
        try:
            if side not in self._limited:
                super().ask(side, "limit", loss=loss, gigabytes=self._arguments.gigabytes)
                self._limited.add(side)
            return super().ask(side, do, loss=loss, size=size, patience=self._arguments.patience, **more)
        except BenchmarkError as error:
            self._limited.discard(side)  # a new worker will know of no limit
            self._results.failed[cell] = self._reason(str(error))
            progress(f"  {TITLES[side]}: {self._results.failed[cell]} ({error})")
            return None

    def _reason(self, error: str) -> str:
        if f"status {SIGALRM}" in error:
            return f"more than {self._arguments.patience} s"
        if f"status {SIGKILL}" in error:
            return "stopped by the system, which had no more memory"
        # As PyTorch, NumPy, TensorFlow, XLA and C++ say it.
        signs = ("allocate", "MemoryError", "OOM", "ResourceExhausted", "RESOURCE_EXHAUSTED", "bad_alloc")
        if any(sign in error for sign in (*signs, "Out of memory")):
            return f"out of memory (more than {self._arguments.gigabytes:g} GB)"
        return error
