"""Time and memory of one forward + backward of every loss that a peer has too, on the peer and on each backend.

Ours and TensorFlow Addons run as their `fit` runs them on a CPU (`tf.function`, `jax.jit`), PyTorch eagerly, as all its
peers do. Memory is measured first, in a process of its own; what fails there, or takes too long, is not timed. The
timing rounds of a loss go through all sides in turn, so that a busy moment touches each alike; the figures are medians.
A row whose two sides differ in value or gradient is not printed.

    python benchmarks/losses.py --write
    python benchmarks/losses.py --sizes 256 1024 --losses supcon circle --rounds 5
    taskset -c 0 python benchmarks/losses.py

The last is for a machine that does other work, where PyTorch's threads spend their time waiting for each other.
"""

import argparse
import statistics
import sys
from pathlib import Path

from _environments import CHECKOUT, BenchmarkError, Worker, machine
from _losses_cases import CENTERS, DIM, FAR, LOSSES, MARGIN, PER_CLASS

DOCS = CHECKOUT / "docs" / "benchmarks"
OURS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
PEERS = {
    "tfa": "TensorFlow Addons 0.23",
    "pml": "pytorch-metric-learning 2.9",
    "st": "sentence-transformers 6.2",
}
TITLES = {**{side: f"semihard, {title}" for side, title in OURS.items()}, **PEERS}
SAME_FRAMEWORK = {"tfa": "tensorflow", "pml": "torch", "st": "torch"}
# So that all memory that a step gives back leaves the process, and every peak starts at the ground. The pool of
# TensorFlow's oneDNN would keep it.
GIVES_BACK = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536", "TF_ENABLE_ONEDNN_OPTS": "0"}
LEAST = 1.0  # MB; a process's size is not known better
TOLERANCE = 1e-3  # of values and gradients in float32, from distances that come from matrix products
SIGALRM, SIGKILL = -14, -9

Cell = tuple[str, int, str]  # loss, batch, side

WHY = """## Why

* Every triplet: each row is sorted, so that the cost hardly grows with the samples a class. With four a class, as
  here, the peer's B² · 3 triplets are cheaper in small batches.
* Batch hard on PyTorch: tied references share the gradient, which is written as masks of [batch, batch], some 15
  operations in eager mode; the peers index one reference an anchor.
* N-pairs, and queries with documents: several references may have the label of a row, so targets are a matrix
  [batch, batch]; the peer of the second has one index a row.
* ArcFace, CosFace, Sub-center on PyTorch: logits, exponentials and what `where` keeps are matrices of their own in
  eager mode; the peer calls PyTorch's fused cross-entropy. The largest of several centers is one more.
* Contrastive over all pairs and every semi-hard triplet on PyTorch in large batches, and TensorFlow's contrastive of
  given pairs: not looked into.
"""


def sides_of(loss: str) -> list[str]:
    """Return ours and the peers that have the loss."""
    return [*OURS, *LOSSES[loss].peers]


class Workers:
    """One worker a side, started when it is first asked, and anew after it failed."""

    def __init__(self, arguments: argparse.Namespace, environ: dict[str, str]):
        self._arguments = arguments
        self._environ = environ
        self._alive: dict[str, Worker] = {}
        self.failed: dict[Cell, str] = {}

    def ask(self, do: str, cell: Cell, **more: float) -> dict | list | None:
        """Return the answer; None, and the reason in `failed`, where there is none."""
        loss, size, side = cell
        try:
            if side not in self._alive:
                backend = {"KERAS_BACKEND": side} if side in OURS else {}
                self._alive[side] = Worker(side, "_losses_worker.py", side, environ={**backend, **self._environ})
                self._alive[side].ask("limit", loss=loss, gigabytes=self._arguments.gigabytes)
            return self._alive[side].ask(do, loss=loss, size=size, patience=self._arguments.patience, **more)
        except BenchmarkError as error:
            self.failed[cell] = self._reason(str(error))
            say(f"  {TITLES[side]}: {self.failed[cell]} ({error})")
            if side in self._alive:
                self._alive.pop(side).close()
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

    def close(self) -> None:
        """End them all."""
        while self._alive:
            self._alive.popitem()[1].close()


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
    cells = [(loss, size, side) for loss in arguments.losses for size in arguments.sizes for side in sides_of(loss)]
    for side in TITLES:  # one after the other, so that one process at a time holds what a step needs
        workers = Workers(arguments, GIVES_BACK)
        try:
            for cell in (cell for cell in cells if cell[2] == side):
                say(f"memory: {cell[0]}, {cell[1]}, {TITLES[side]}")
                answer = workers.ask("memory", cell)
                if answer is not None:
                    results.memory[cell] = answer
        finally:
            workers.close()
        results.failed |= workers.failed
    try:
        for loss in arguments.losses:
            time_of(loss, arguments, results)
    except KeyboardInterrupt:
        if not results.rounds:
            raise
        say("Stopped; these are the figures so far.")
    return results


def time_of(loss: str, arguments: argparse.Namespace, results: Results) -> None:
    """Time one loss, in processes that have done nothing else.

    What an earlier loss has left in a process's heap would spare a later one the kernel's work for fresh memory.
    """
    cells = [(loss, size, side) for size in arguments.sizes for side in sides_of(loss)]
    workers = Workers(arguments, {})
    try:
        for number in range(arguments.rounds):
            for cell in cells:
                if cell in results.failed or cell in workers.failed:
                    continue
                say(f"round {number + 1}/{arguments.rounds}: {loss}, {cell[1]}, {TITLES[cell[2]]}")
                answer = workers.ask("measure", cell, seconds=arguments.seconds)
                if answer is not None:
                    # A round counts once, however many calls fitted into it.
                    results.rounds.setdefault(cell, []).append(statistics.median(answer))
    finally:
        workers.close()
    results.failed |= workers.failed


def report(results: Results, arguments: argparse.Namespace) -> str:
    """Return the figures as Markdown."""
    asked = [(loss, size, peer) for loss in arguments.losses for size in arguments.sizes for peer in LOSSES[loss].peers]
    refused = {row: why for row in asked if (why := results.disagreement(*row))}
    behind = []

    def number(row: Cell, side: str, of) -> str:
        value = of((*row[:2], side))
        if value is None:
            return results.failed.get((*row[:2], side), "–")
        if of == results.peak and value == LEAST:
            return f"< {LEAST:g}"
        return f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"

    def ratio(row: Cell, sides: list[str], of) -> tuple[str, bool]:
        """Return the peer's figure by the least of these sides', and whether that side is behind."""
        theirs, ours = of(row), [value for side in sides if (value := of((*row[:2], side))) is not None]
        if theirs is None or not ours:
            return "–", False
        times = theirs / min(ours)
        text = f"{times:.2g}×" if times < 0.1 else f"{times:.2f}×" if times < 10 else f"{times:,.0f}×"
        # Rounded as it is printed: 1.00 is as good.
        return (f"**{text} behind**", True) if round(times, 2) < 1 else (text, False)

    def table(title: str, what: str, of) -> list[str]:
        lines = []
        for row in asked:
            loss, size, peer = row
            start = f"| {LOSSES[loss].title} | {size:,} | {PEERS[peer]} "
            if row in refused:
                lines.append(start + f"| not shown: {refused[row]} |" + " |" * (len(OURS) + 2))
                continue
            best, best_behind = ratio(row, list(OURS), of)
            same, same_behind = ratio(row, [SAME_FRAMEWORK[peer]], of)
            if best_behind or same_behind:
                behind.append(f"| {LOSSES[loss].title} | {size:,} | {PEERS[peer]} | {what} | {best} | {same} |")
            cells = [number(row, side, of) for side in (peer, *OURS)]
            lines.append(start + "| " + " | ".join([*cells, best, same]) + " |")
        head = ["loss", "batch", "peer", "the peer", *OURS.values(), "best of ours", "ours on its framework"]
        return [f"## {title}", "", "| " + " | ".join(head) + " |", "|---|---:|---|" + "---:|" * 6, *lines, ""]

    tables = [*table("Milliseconds", "time", results.time), *table("Peak MB", "memory", results.peak)]
    marked = ["## Where ours is behind", ""]
    if behind:
        marked += [
            "| loss | batch | peer | what | best of ours | ours on its framework |",
            "|---|---:|---|---|---:|---:|",
        ]
    marked += [*(behind or ["Nowhere."]), "", *([WHY] if behind else [])]
    compared = ["## What is compared", "", "| loss | here | there |", "|---|---|---|"]
    for loss in arguments.losses:
        there = "; ".join(f"{name} ({PEERS[peer]})" for peer, name in LOSSES[loss].peers.items())
        compared.append(f"| {LOSSES[loss].title} | {LOSSES[loss].ours} | {there} |")
    introduction = [
        "# Every loss beside its peers: time and memory",
        "",
        f"Made by `benchmarks/losses.py` on {machine()}. One forward + backward by the embeddings, and by the class "
        f"vectors where a loss has them; {DIM}-dimensional unit embeddings round one center a class, "
        f"{PER_CLASS} a class in any order. TensorFlow in `tf.function` and JAX in `jax.jit`, as `fit` runs them on a "
        f"CPU; PyTorch eagerly. Medians of {arguments.rounds} interleaved rounds.",
        "",
        '"×" is how many times as much the peer takes: of the best of ours, and of ours on the framework of the peer. '
        "Peak memory is that of a compiled step, above data and libraries, with allocators that keep nothing "
        f"(TensorFlow without oneDNN); less than {LEAST:g} MB counts as {LEAST:g} MB. A step that wanted more than "
        f"{arguments.gigabytes:g} GB, or a side that took more than {arguments.patience} s for its steps of a batch, "
        "was stopped.",
        "",
        f"In every row shown, values and gradients of the peer and of all of ours differ by less than {TOLERANCE:g} of "
        "themselves (gradients by their length, across the embeddings: along them they differ by definition where a "
        "loss scales embeddings to unit length). So a row is one definition: pytorch-metric-learning's semi-hard "
        "miner keeps every semi-hard triplet and has a row apart from the semi-hard loss of the others, which take "
        "one negative for each pair; its batch hard loss is averaged over the anchors that pay; its NPairsLoss takes "
        f"two rows of each class. Margins: {MARGIN} of triplets, {FAR} of negative pairs; the rest as each paper has "
        f"it. Losses over classes have {1024:,} of them, or as many as the batch, with {CENTERS} vectors each in "
        "Sub-center ArcFace.",
        "",
    ]
    return "\n".join([*introduction, *marked, *tables, *compared, ""])


def gigabytes_available() -> float:
    """Return the memory that could be taken now; without Linux's /proc, no limit."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return float("inf")
    lines = meminfo.read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e9 for line in lines if line.startswith("MemAvailable"))


def say(line: str) -> None:
    """Show progress."""
    print(line, file=sys.stderr)


def batch_size(text: str) -> int:
    """Read a batch size that holds whole classes."""
    size = int(text)
    if size < 2 * PER_CLASS or size % PER_CLASS:
        raise argparse.ArgumentTypeError(f"a multiple of {PER_CLASS} from {2 * PER_CLASS} on, not {size}")
    return size


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=batch_size, nargs="+", default=[256, 1024, 4096], help="batch sizes")
    parser.add_argument(
        "--losses", nargs="+", choices=LOSSES, default=list(LOSSES), metavar="LOSS", help=", ".join(LOSSES)
    )
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds")
    parser.add_argument("--seconds", type=float, default=0.4, help="time for a cell in a round (one call at least)")
    parser.add_argument("--gigabytes", type=float, default=14.0, help="the most that a step may ask for")
    parser.add_argument("--patience", type=int, default=120, help="seconds that a cell may take in a round, at most")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks/losses.md")
    return parser.parse_args()


def main() -> None:
    """Measure, print, and write what was asked for."""
    arguments = parse()
    if gigabytes_available() < 1.1 * arguments.gigabytes:
        raise BenchmarkError(
            f"{gigabytes_available():.1f} GB are free, and a step may ask for {arguments.gigabytes:g} GB. "
            "Free some, or give less with --gigabytes."
        )
    results = run(arguments)
    if not results.rounds:
        raise BenchmarkError("Nothing was measured: " + "; ".join(dict.fromkeys(results.failed.values())))
    text = report(results, arguments)
    print(text)
    if arguments.write:
        DOCS.mkdir(parents=True, exist_ok=True)
        (DOCS / "losses.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"losses.py: {error}")
