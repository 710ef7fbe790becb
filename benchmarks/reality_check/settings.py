"""The settings that are tried for a loss: its defaults, then what chance draws."""

import zlib

import numpy as np

from benchmarks.reality_check.definitions import LOSSES

RATE, RATES = 1e-3, (3e-4, 1e-2, "log")
FACTORS = (1.0, 100.0, "log")


def settings(name, count):
    """Return `count` settings of a loss: {"rate", "factor", "options"}; the first has the side's own defaults.

    A setting of more than these hangs on its number and the loss's name alone: both sides that have a loss try the
    same ones, all losses try the same rates, and a longer search has those of a shorter one.
    """
    loss, found = LOSSES[name], [{"rate": RATE, "factor": 1.0, "options": {}}]
    for number in range(1, count):
        common = np.random.default_rng(number)
        rate, factor = _draw(common, RATES), _draw(common, FACTORS)
        own = np.random.default_rng([number, zlib.crc32(name.encode())])
        options = {option: _draw(own, where) for option, where in loss.ranges.items()}
        found.append({"rate": rate, "factor": factor if loss.vectors else 1.0, "options": options})
    return found


def _draw(random, where):
    low, high, scale = where
    if scale == "log":
        low, high = np.log([low, high])
    value = random.uniform(low, high)
    return float(f"{np.exp(value) if scale == 'log' else value:.3g}")
