"""The search of every loss with every seed: trained by the workers, judged here, kept in a file as it goes."""

import argparse
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness.checkout import BenchmarkError
from benchmarks.harness.estimates import Estimate, estimate
from benchmarks.harness.page import progress
from benchmarks.harness.worker import Worker, Workers
from benchmarks.reality_check.definitions import ROWS, SLOW, parts
from benchmarks.reality_check.judge import FLOORS, Judge
from benchmarks.reality_check.settings import settings

ONE_THREAD = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


@dataclass(frozen=True)
class Run:
    """A row with one seed: what each setting reached on the validation classes, and the best one on the test classes.

    Attributes:
        validation: MAP@R of each setting; None where embeddings were not finite.
        seconds: of the CPU, of a training, the mean.
    """

    chosen: int
    validation: list[float | None]
    map_at_r: float
    recall_at_1: float
    seconds: float


@dataclass
class Results:
    """By row, or by name of a floor, and by seed."""

    about: str
    version: str
    classes: dict[int, dict[str, int]]
    runs: dict[str, dict[int, Run]]
    floors: dict[str, dict[int, dict[str, float]]]

    def estimate(self, row: str, figure: str, base: str | None = None) -> Estimate:
        """Of a figure of a row or a floor, or of its difference to that of another, seed by seed."""
        values = self.values(row, figure)
        if base is not None:
            values = [a - b for a, b in zip(values, self.values(base, figure), strict=True)]
        return estimate(values)

    def of_default(self, row: str) -> float:
        """Validation MAP@R of the chosen settings less that of the defaults, the mean over seeds."""
        gains = [run.validation[run.chosen] - (run.validation[0] or 0.0) for run in self.runs[row].values()]
        return sum(gains) / len(gains)

    def ranked(self) -> list[str]:
        """Rows and floors, the best mean first."""
        return sorted([*self.runs, *self.floors], key=lambda row: -self.estimate(row, "map_at_r").mean)

    def values(self, row: str, figure: str = "map_at_r") -> list[float]:
        """A figure with each seed."""
        if row in self.floors:
            return [found[figure] for found in self.floors[row].values()]
        return [getattr(run, figure) for run in self.runs[row].values()]


def measure(arguments: argparse.Namespace) -> Results:
    """Train and judge what is not in the file of earlier runs."""
    folder = arguments.cache.resolve()
    with Worker("tensorflow", "reality_check.prepare", environ=ONE_THREAD) as prepare:
        icons = str(arguments.icons.resolve())
        known = prepare.ask("open", icons=icons, folder=str(folder), size=arguments.size, copies=arguments.copies)
        shape = ("steps", "classes_per_batch", "samples_per_class", "dim")
        classes = {
            seed: prepare.ask("plan", seed=seed, **{name: getattr(arguments, name) for name in shape})
            for seed in arguments.seeds
        }
    wanted = (arguments.sides, arguments.losses)
    judge = Judge(folder, arguments.copies, arguments.steps)
    rows = [row for row in ROWS if all(part in asked for part, asked in zip(row.split(":"), wanted, strict=True))]
    rows = [row for row in rows if arguments.slow or row not in SLOW]
    kept = Kept(folder / "results.jsonl")
    runs: dict[str, dict[int, Run]] = {row: {} for row in rows}
    with Workers(_worker) as workers:
        for seed in arguments.seeds:  # outside, so that what is stopped has whole seeds
            judge.read(seed)
            for row in rows:
                key = _digest(arguments, row, seed)
                run = kept.get(key)
                if run is None or len(run.validation) < arguments.settings:
                    run = _search(workers, judge, row, seed, arguments.settings, run, folder / "heads" / f"{key}.npy")
                    kept.add(key, row, seed, run)
                runs[row][seed] = run
                progress(
                    f"seed {seed}, {row}: MAP@R {run.map_at_r:.3f}, setting {run.chosen}, {run.seconds:.1f} s each"
                )
    floors = {name: {seed: judge.floor(name, seed) for seed in arguments.seeds} for name in FLOORS}
    return Results(known["about"], known["version"], classes, runs, floors)


def _worker(side: str) -> Worker:
    return Worker("torch" if side == "ours" else side, "reality_check.worker", side, environ=ONE_THREAD)


def _search(workers: Workers, judge: Judge, row: str, seed: int, count: int, earlier: Run | None, best: Path) -> Run:
    """Try every setting on the validation classes, those of an earlier search not again; judge the best on the test.

    The best head lies in the file `best`, which an earlier search has left.
    """
    side, name = row.split(":")
    workers.ask(side, "load", features=str(judge.features), plan=str(judge.plan))
    best.parent.mkdir(exist_ok=True)
    weights = best.with_name("tried.npy")
    scores, spent, chosen = [], 0.0, None
    if earlier is not None and best.exists():
        scores, spent, chosen = [*earlier.validation], earlier.seconds * len(earlier.validation), earlier.chosen
    for number, setting in list(enumerate(settings(name, count)))[len(scores) :]:
        spent += workers.ask(side, "train", loss=name, setting=setting, weights=str(weights))["seconds"]
        found = judge.of_head(weights, "validation")
        scores.append(None if found is None else found["map_at_r"])
        if scores[-1] is not None and (chosen is None or scores[-1] > scores[chosen]):
            chosen = number
            weights.replace(best)
    if chosen is None:
        raise BenchmarkError(f"{row}, seed {seed}: no setting gave finite embeddings")
    return Run(chosen, scores, **judge.of_head(best, "test"), seconds=spent / len(scores))


class Kept:
    """A line of JSON a run, so that a benchmark that was stopped goes on."""

    def __init__(self, path: Path):
        self.path, self.runs = path, {}
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                entry = json.loads(line)
                self.runs[entry["key"]] = Run(**entry["run"])

    def get(self, key: str) -> Run | None:
        """The run of this key, if it was measured."""
        return self.runs.get(key)

    def add(self, key: str, row: str, seed: int, run: Run) -> None:
        """Write it, and have it."""
        self.runs[key] = run
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "row": row, "seed": seed, "run": asdict(run)}) + "\n")


def _digest(arguments: argparse.Namespace, row: str, seed: int) -> str:
    """A name for all that a run's figures hang on but the length of the search; another one measures anew."""
    side, loss = parts(row)
    shape = ("size", "copies", "steps", "classes_per_batch", "samples_per_class", "dim")
    told: list[Any] = [row, seed, {name: getattr(arguments, name) for name in shape}]
    # A longer search begins with the same three.
    told += [loss.sides[side], side in loss.raw, settings(row.split(":")[1], 3)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
