"""What the real TensorFlow Addons returned for its other losses (tests/fixtures/README.md)."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.programs import BACKEND, MODES

DATA = Path(__file__).parents[1] / "fixtures"
ARRAYS = np.load(DATA / "addons_losses.npz")
# Compiling takes seconds a shape: every case runs in one mode, and a few in the others.
EVERY = "jit" if BACKEND == "jax" else "eager"


class Case(NamedTuple):
    """One call of TensorFlow Addons: options, labels, input, value, and gradient of the value's sum by the input."""

    id: int
    kind: str
    options: dict
    y: np.ndarray
    x: np.ndarray
    value: np.ndarray
    gradient: np.ndarray


def cases(loss: str) -> list[Case]:
    listed = [case for case in json.loads((DATA / "addons_losses.json").read_text()) if case["loss"] == loss]
    return [
        Case(case["id"], case["kind"], case["kwargs"], *(ARRAYS[f"{part}_{case['id']}"] for part in PARTS))
        for case in listed
    ]


PARTS = ("y", "x", "value", "grad")


def runs(listed: list[Case], compiled: set[int]) -> list[tuple[Case, str]]:
    """Every case in one mode; those whose id is in `compiled` in all."""
    others = [mode for mode in MODES if mode != EVERY]
    return [(case, EVERY) for case in listed] + [(c, mode) for mode in others for c in listed if c.id in compiled]


def name(run: tuple[Case, str]) -> str:
    case, mode = run
    return "-".join([str(case.id), case.kind, *map(str, case.options.values()), mode])
