"""The sides that are measured, and their rounds."""

import argparse
import statistics
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.checkout import CHECKOUT, BenchmarkError
from benchmarks.harness.environments import OURS, PEERS
from benchmarks.harness.machine import bytes_available
from benchmarks.harness.page import progress
from benchmarks.harness.worker import Worker, Workers
from benchmarks.mining.batches import Batch
from benchmarks.mining.strategies import STRATEGIES, triplets


@dataclass(frozen=True)
class Side:
    """One program that is measured: a peer, or semihard on one backend from one checkout."""

    name: str
    checkout: Path = CHECKOUT

    @property
    def is_ours(self) -> bool:
        """Whether it is semihard."""
        return self.name not in PEERS

    @property
    def title(self) -> str:
        """What a page calls it."""
        if not self.is_ours:
            return PEERS[self.name].title
        backend, _, compiler = self.name.partition("-")
        before = "" if self.checkout == CHECKOUT else " before"
        return f"semihard{before}, {OURS[backend].title}{' (XLA)' if compiler else ''}"

    def start(self, strategy: str, huge_pages: bool) -> Worker:
        """Start its worker."""
        environ = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"} if huge_pages else {}
        name = self.name.removesuffix("-xla")
        return Worker(name, "mining.worker", self.name, strategy, environ=environ, checkout=self.checkout)


Key = tuple[Side, Batch]


class Results:
    """What was measured, by side and batch."""

    def __init__(self) -> None:
        self.times: dict[Key, dict[str, list[float]]] = {}
        self.values: dict[Key, float] = {}
        self.peaks: dict[Key, dict[str, float]] = {}
        self.failed: dict[Key, str] = {}

    def add(self, key: Key, answer: dict) -> None:
        """Keep one round's answer."""
        self.values[key] = answer.pop("value")
        for what, milliseconds in answer.items():
            # A round counts once, however many calls fitted into it.
            self.times.setdefault(key, {}).setdefault(what, []).append(statistics.median(milliseconds))

    def median(self, side: Side, batch: Batch, what: str = "loss") -> float | None:
        """Return the median over rounds in milliseconds, or None where nothing was measured."""
        rounds = self.times.get((side, batch), {}).get(what)
        return statistics.median(rounds) if rounds else None

    def share(self, side: Side, other: Side, batch: Batch) -> float | None:
        """Return the median over rounds of how much of the other's time a side took in the same round."""
        rounds = [self.times.get((one, batch), {}).get("loss", ()) for one in (side, other)]
        ratios = [mine / theirs for mine, theirs in zip(*rounds, strict=False)]
        return statistics.median(ratios) if ratios else None

    def peak(self, side: Side, batch: Batch) -> float | None:
        """Return MB of the second step, or None where nothing was measured."""
        return self.peaks.get((side, batch), {}).get("second")


def run(arguments: argparse.Namespace) -> Results:
    """Measure everything asked for."""
    results = Results()
    needed = STRATEGIES[arguments.loss].bytes_needed
    for side in arguments.sides:
        for batch in arguments.batches:
            bytes_needed = needed[side.name](batch.size, triplets(batch.arrays()[0])) if side.name in needed else 0.0
            if bytes_needed > 0.9 * bytes_available():
                results.failed[side, batch] = f"needs about {bytes_needed / 1e9:.0f} GB"
    sides = {side.title: side for side in arguments.sides}
    with Workers(lambda title: sides[title].start(arguments.loss, arguments.huge_pages)) as workers:
        try:
            for number in range(arguments.rounds):
                for batch in arguments.batches:
                    for side in arguments.sides[:: -1 if number % 2 else 1]:  # so that none always follows the same
                        if (side, batch) in results.failed:
                            continue
                        progress(f"round {number + 1}/{arguments.rounds}: {batch.size}, {batch.layout}, {side.title}")
                        try:
                            found = workers.ask(side.title, "measure", **vars(batch), seconds=arguments.seconds)
                            results.add((side, batch), found)
                        except BenchmarkError as error:
                            results.failed[side, batch] = str(error)
        except KeyboardInterrupt:
            if not results.times:
                raise
            progress("Stopped; these are the figures so far.")
            arguments.memory = False
    if arguments.memory:
        try:
            _measure_memory(results, arguments)
        except KeyboardInterrupt:
            progress("Stopped; memory is of those measured so far.")
    progress("")
    return results


def _measure_memory(results: Results, arguments: argparse.Namespace) -> None:
    for side, batch in results.times:
        progress(f"memory: {batch.size}, {batch.layout}, {side.title}")
        try:
            with side.start(arguments.loss, arguments.huge_pages) as worker:
                results.peaks[side, batch] = worker.ask("memory", **vars(batch))
        except BenchmarkError as error:
            results.failed[side, batch] = str(error)
