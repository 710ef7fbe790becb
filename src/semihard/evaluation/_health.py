"""Is the space used? Effective rank, uniformity, alignment, dead dimensions, collapse."""

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.embeddings import embedding_array

# A dimension that varies less than this share of the usual one carries nothing.
DEAD = 1e-3
# Pairs of samples looked at for uniformity and alignment: their standard error is then below a hundredth.
PAIRS = 20_000
# Numbers at a time, that stay in the processor's cache.
_AT_ONCE = 2**17


@dataclasses.dataclass(frozen=True)
class Health:
    """How a set of embeddings fills its space.

    Attributes:
        dim: dimensions.
        effective_rank: from 1 (a line) to dim (every direction alike); 0 if all embeddings are equal.
        uniformity: log of the mean of exp(−2 d²) over pairs of directions; −4 is spread evenly, 0 collapsed.
        alignment: mean d² of two directions of the same class; 0 is perfect; NaN without a pair.
        dead_dimensions: share of dimensions that hardly vary.
        collapsed: whether the embeddings lie so close together that distances say little: within one point, or on a
            line.
    """

    dim: int
    effective_rank: float
    uniformity: float
    alignment: float
    dead_dimensions: float
    collapsed: bool

    def __str__(self) -> str:
        text = (
            f"effective rank {self.effective_rank:.1f} of {self.dim}, uniformity {self.uniformity:.2f}, "
            f"alignment {self.alignment:.3f}, dead dimensions {self.dead_dimensions:.1%}"
        )
        warning = (
            "\nThe embeddings have collapsed: look at the learning rate, the margin, and batches without negatives."
        )
        return text + warning if self.collapsed else text


def health(embeddings: Any, codes: NDArray[np.int64], *, seed: int = 0) -> Health:
    """Measure how embeddings fill their space.

    The effective rank is exp of the entropy of the normalised singular values of the centred embeddings (Roy, Vetterli
    2007, "The effective rank", §2). Uniformity and alignment are those of Wang, Isola 2020, "Understanding contrastive
    representation learning through alignment and uniformity on the hypersphere", §4, over directions (vectors divided
    by their length) and 20,000 pairs chosen at random.

    Args:
        embeddings: real [n, dim], finite.
        codes: class numbers int64 [n].
        seed: of the pairs.

    Example:
        >>> health(np.eye(4), np.array([0, 0, 1, 1])).effective_rank.__round__(6)
        3.0
    """
    points = embedding_array("embeddings", embeddings)
    count, dim = points.shape
    products, variances, squares = _products(points)
    spread = np.sqrt(np.maximum(np.linalg.eigvalsh(products), 0.0))
    # Rounding leaves about 1e-16 of the squared length where nothing varies.
    noise = 1e-7 * math.sqrt(squares)
    spread = spread[spread > noise]
    share = spread / spread.sum() if len(spread) else spread
    rank = math.exp(-float((share * np.log(share)).sum())) if len(spread) else 0.0
    deviation = np.sqrt(variances)
    dead = float(np.mean(deviation <= max(DEAD * float(np.median(deviation)), noise / math.sqrt(count))))
    rng = np.random.default_rng(seed)
    apart = _squared(points, *_any_pairs(count, rng))
    together = _squared(points, *_class_pairs(codes, rng))
    uniformity = math.log(float(np.exp(-2.0 * apart).mean())) if len(apart) else 0.0
    return Health(
        dim=dim,
        effective_rank=rank,
        uniformity=uniformity,
        alignment=float(together.mean()) if len(together) else math.nan,
        dead_dimensions=dead,
        collapsed=count > 1 and (rank < min(1.5, dim, count - 1) or uniformity > -0.01),
    )


def _products(points: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return the products of the centred columns, or of the centred rows where these are fewer.

    Both matrices have the same eigenvalues but for zeros. With them come the variances [dim], and Σ x² of the points as
    they are.
    """
    count, dim = points.shape
    side = min(count, dim)
    mean, products, variances = points.mean(axis=0, dtype=np.float64), np.zeros((side, side)), np.zeros(dim)
    by_rows = count > dim
    step = max(1, _AT_ONCE // side)
    for start in range(0, count if by_rows else dim, step):
        piece = (slice(start, start + step), slice(None)) if by_rows else (slice(None), slice(start, start + step))
        part = np.subtract(points[piece], mean[piece[1]], dtype=np.float64)
        products += part.T @ part if by_rows else part @ part.T
        variances[piece[1]] += np.einsum("ij,ij->j", part, part)
    return products, variances / count, float(np.trace(products) + count * (mean @ mean))


def _squared(points: NDArray[Any], left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    """Squared distances of the directions of pairs of rows; the direction of a zero vector is zero."""
    # Of few rows the same pairs are drawn again and again.
    pairs, drawn = np.unique(np.minimum(left, right) * len(points) + np.maximum(left, right), return_inverse=True)
    left, right = np.divmod(pairs, len(points))
    out = np.empty(len(left))
    step = max(1, _AT_ONCE // points.shape[1])
    for start in range(0, len(left), step):
        piece = slice(start, start + step)
        a, b = points[left[piece]].astype(np.float64), points[right[piece]].astype(np.float64)
        first, second, product = (np.einsum("ij,ij->i", *pair) for pair in ((a, a), (b, b), (a, b)))
        lengths = np.sqrt(first) * np.sqrt(second)
        cosine = np.divide(product, lengths, out=np.zeros_like(product), where=lengths > 0)
        out[piece] = np.maximum((first > 0) + 1.0 * (second > 0) - 2.0 * cosine, 0.0)
    return out[drawn.reshape(-1)]


def _any_pairs(count: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if count < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    left = rng.integers(0, count, PAIRS)
    return left, (left + rng.integers(1, count, PAIRS)) % count


def _class_pairs(codes: NDArray[np.int64], rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of two samples of a class: a random sample that has a partner, and any of its partners."""
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes)
    starts = np.cumsum(sizes) - sizes
    anchors = np.flatnonzero(sizes[codes[order]] > 1)  # places in `order`
    if not len(anchors):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    left = rng.choice(anchors, PAIRS)
    label = codes[order[left]]
    step = 1 + (rng.random(PAIRS) * (sizes[label] - 1)).astype(np.int64)
    right = starts[label] + (left - starts[label] + step) % sizes[label]
    return order[left], order[right]
