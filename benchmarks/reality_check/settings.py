"""The settings that are tried for a loss: its defaults, then some spread over its ranges."""

import math
import zlib

from benchmarks.reality_check.definitions import LOSSES, Range

RATE, RATES = 1e-3, (3e-4, 1e-2, "log")
FACTORS = (1.0, 100.0, "log")
# What the numbers of a setting move on by, from one setting to the next: irrational, and no multiples of each other, so
# that few settings lie evenly where few draws of chance would leave gaps.
_GOLDEN, _STEPS = (math.sqrt(5) - 1) / 2, [math.sqrt(prime) for prime in (2, 3, 7, 11, 13)]


def settings(name, count):
    """Return `count` settings of a loss: {"rate", "factor", "options"}; the first has the side's own defaults.

    Those after it hang on their number and the loss's name alone: both sides that have a loss try the same ones, all
    losses try the same rates, and a longer search has those of a shorter one.
    """
    loss, found = LOSSES[name], [{"rate": RATE, "factor": 1.0, "options": {}}]
    start = zlib.crc32(name.encode()) / 2**32
    for number in range(1, count):
        options = {
            option: _at(where, start + number * step)
            for (option, where), step in zip(loss.ranges.items(), _STEPS[1:], strict=False)
        }
        factor = _at(FACTORS, number * _STEPS[0]) if loss.vectors else 1.0
        found.append({"rate": _at(RATES, number * _GOLDEN), "factor": factor, "options": options})
    return found


def _at(where: Range, along: float) -> float:
    low, high, scale = where
    part = along % 1
    value = low * (high / low) ** part if scale == "log" else low + (high - low) * part
    return float(f"{value:.3g}")
