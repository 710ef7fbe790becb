"""How far the vectors of an exported model are from those of Keras, and which decisions that changes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation import verify
from semihard.gallery import Gallery

# Distances that differ by less are a tie, which either may break: rounding of float32. What is nearer than that to its
# nearest item is that picture, embedded before.
TIE, ITSELF = 1e-5, 1e-4
# Share of decisions beyond which a format is another model.
TOO_MANY = 0.05


class Flips(NamedTuple):
    """How many decisions are others than with Keras, of how many."""

    flipped: int
    decisions: int

    def __str__(self) -> str:
        return f"{self.flipped:,} of {self.decisions:,}"


class Parity(NamedTuple):
    """Attributes:
    samples: how many pictures it was measured on.
    largest, mean: absolute difference of a number of a vector.
    neighbors: nearest neighbors that are others.
    names: names, or none of these, that are others; None without a gallery that names.
    pairs: pairs of samples that are the same instead of different, or the other way round, at `pair_threshold`; None
        where names are counted, and for samples without labels.
    pair_threshold: distance at the equal error rate of the samples.
    """

    samples: int
    largest: float
    mean: float
    neighbors: Flips
    names: Flips | None
    pairs: Flips | None
    pair_threshold: float | None

    @property
    def warning(self) -> str | None:
        """That too many names are others, or pairs, or neighbors: of the decisions that somebody sees; else None."""
        flips, what = next(
            (flips, what)
            for flips, what in ((self.names, "names"), (self.pairs, "pairs"), (self.neighbors, "nearest neighbors"))
            if flips is not None
        )
        if flips.flipped <= TOO_MANY * flips.decisions:
            return None
        return f"{flips} {what} are others than with Keras: do not use it for this model."

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {name: value._asdict() if isinstance(value, Flips) else value for name, value in self._asdict().items()}

    def __str__(self) -> str:
        decisions = [f"nearest neighbors {self.neighbors}"]
        decisions += [f"names {self.names}"] if self.names else []
        decisions += [f"pairs {self.pairs}"] if self.pairs else []
        return f"largest difference {self.largest:.2g}, mean {self.mean:.2g}; flipped: {', '.join(decisions)}"


def measure_parity(
    expected: NDArray[np.float32], found: NDArray[np.float32], labels: Sequence[Any], gallery: Gallery | None
) -> Parity:
    """Compare vectors of the same pictures.

    Neighbors are searched in the gallery, or without one among the vectors of Keras of the other samples: what is known
    was embedded once, and a new picture by the exported model. A picture is not its own neighbor.

    Args:
        expected: [n, dim], by Keras.
        found: [n, dim], by another format.
        labels: [n]; None where there is none.
        gallery: of the bundle.

    Example:
        >>> expected = np.eye(4, dtype=np.float32)
        >>> print(measure_parity(expected, expected, [None] * 4, None))
        largest difference 0, mean 0; flipped: nearest neighbors 0 of 4
    """
    difference = np.abs(found.astype(np.float64) - expected)
    names = gallery is not None and gallery.threshold is not None and None not in gallery.labels
    known = Gallery.create(expected) if gallery is None else gallery
    neighbors, named = _searches(expected, found, known)
    threshold = None if names else _equal_error_threshold(expected, labels)
    return Parity(
        samples=len(expected),
        largest=float(difference.max()),
        mean=float(difference.mean()),
        neighbors=neighbors,
        names=named if names else None,
        pairs=None if threshold is None else _pairs(expected, found, threshold),
        pair_threshold=threshold,
    )


def _searches(expected: NDArray[Any], found: NDArray[Any], known: Gallery) -> tuple[Flips, Flips]:
    """Of each sample the nearest item that is not the sample itself, by both."""
    ours, theirs, labels = known.search(expected, 2), known.search(found, 2), known.labels
    itself = np.where(ours.distances[:, 0] <= ITSELF, ours.items[:, 0], -1)
    neighbors = names = count = 0
    for row in range(len(expected)):
        places = [np.flatnonzero(near.items[row] != itself[row])[:1] for near in (ours, theirs)]
        if not len(places[0]):
            continue  # a gallery of one
        one, other = (near.items[row, place[0]] for near, place in zip((ours, theirs), places, strict=True))
        same = one == other or _tied(expected[row], known.vectors[[one, other]])
        within = [near.within[row, place[0]] for near, place in zip((ours, theirs), places, strict=True)]
        count += 1
        neighbors += not same
        names += within[0] != within[1] or (within[0] and not same and labels[one] != labels[other])
    return Flips(int(neighbors), count), Flips(int(names), count)


def _tied(query: NDArray[Any], items: NDArray[Any]) -> bool:
    near, far = np.linalg.norm(items.astype(np.float64) - query, axis=1)
    return bool(abs(near - far) <= TIE)


def _equal_error_threshold(vectors: NDArray[Any], labels: Sequence[Any]) -> float | None:
    kept = [place for place, label in enumerate(labels) if label is not None]
    texts = [str(labels[place]) for place in kept]
    if not 1 < len(set(texts)) < len(texts):
        return None  # no pairs of both kinds
    return float(verify(vectors[kept], texts, resamples=0).figures["eer_threshold"].value)


def _pairs(expected: NDArray[Any], found: NDArray[Any], threshold: float) -> Flips:
    rows, columns = np.triu_indices(len(expected), 1)
    ours, theirs = (
        np.linalg.norm(vectors.astype(np.float64)[rows] - vectors[columns], axis=1) for vectors in (expected, found)
    )
    return Flips(int(((ours <= threshold) != (theirs <= threshold)).sum()), len(rows))
