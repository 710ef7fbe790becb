"""What an evaluation while training takes, beside the training."""

import math
from typing import NamedTuple

# The part of the training's time that an evaluation may take, and seconds that are worth a word.
SHARE, WORTH = 0.1, 5.0


class Cost(NamedTuple):
    """Of one evaluation.

    Attributes:
        samples: that were embedded and searched.
        embed, search: seconds.
    """

    samples: int
    embed: float
    search: float

    def advice(self, trained: float, every: int) -> str | None:
        """What to say where this is more than a tenth of the training; None where it is not, or hardly any time.

        Args:
            trained: seconds of training of an epoch.
            every: epochs between evaluations.

        Example:
            >>> print(Cost(100_000, 12.0, 28.0).advice(trained=100.0, every=1))
            an evaluation of 100,000 samples takes 40.0 s, 12.0 to embed and 28.0 to search: 40 % of the 100.0 s of \
training before it. `every=4` would make that a tenth, or `samples=42000` (their figures are others).
        """
        seconds, between = self.embed + self.search, trained * every
        if seconds <= max(WORTH, SHARE * between) or not between:
            return None
        often = math.ceil(seconds / (SHARE * trained))
        # Embedding takes a n seconds, and searching b n²: for which n are they a tenth?
        a, b, goal = self.embed / self.samples, self.search / self.samples**2, SHARE * between
        count = goal / a if not b else (math.sqrt(a * a + 4 * b * goal) - a) / (2 * b)
        step = 10 ** max(0, math.floor(math.log10(max(count, 1))) - 1)
        few = max(int(count // step * step), 1)
        return (
            f"an evaluation of {self.samples:,} samples takes {seconds:.1f} s, {self.embed:.1f} to embed and "
            f"{self.search:.1f} to search: {100 * seconds / between:.0f} % of the {between:.1f} s of training before "
            f"it. `every={often}` would make that a tenth, or `samples={few}` (their figures are others)."
        )
