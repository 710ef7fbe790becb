"""The table of exported losses: how to make inputs for each, and its naive loop. test_contracts.py asks the questions.

A new loss is one more entry in CASES. A new kind of input is one more `Inputs`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from semihard import losses
from tests.oracles import all_pairs, classification, relations, triplet_loss
from tests.oracles.contrastive import contrastive
from tests.oracles.lifted_struct import lifted
from tests.oracles.npairs import labels_in_common, npairs, same_label
from tests.oracles.triplet import distance_matrix, semi_hard
from tests.oracles.triplet_hard import hard

BATCH = 8
# usual: classes of 3, 2, 2 and 1. duplicates: points of a grid, each twice or more, whose distances are exact.
KINDS = ("usual", "duplicates", "one sample", "one class", "all alone")
RNG = np.random.default_rng(11)
USUAL = np.array([0, 1, 2, 0, 1, 0, 3, 2], np.int32)
LABELS = {
    "usual": USUAL,
    "duplicates": np.array([0, 0, 1, 1, 0, 1, 2, 2], np.int32),
    "one sample": USUAL[:1],
    "one class": np.zeros(BATCH, np.int32),
    "all alone": np.arange(BATCH, dtype=np.int32),
}
POINTS = RNG.normal(size=(BATCH, 3)).astype(np.float32)
GRID = np.array([[1, 0, 0], [1, 0, 0], [0, 2, 0], [0, 2, 0], [0, 0, 1], [1, 0, 0], [0, 2, 0], [0, 0, 1]], np.float32)
MANY = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 1], [0, 0, 0], [0, 1, 0]], np.int32)
Batch = tuple[np.ndarray, np.ndarray]


def embeddings(kind: str) -> Batch:
    """Class labels [batch], embeddings [batch, dim]."""
    y = LABELS[kind]
    return y, (GRID if kind == "duplicates" else POINTS)[: len(y)]


def similarities(kind: str) -> Batch:
    """Class labels [batch], similarities [batch, batch]."""
    y, x = embeddings(kind)
    return y, x @ x.T


def similarities_of_many(kind: str) -> Batch:
    """Labels [batch, classes] of 0 and 1, one row without any; similarities [batch, batch]."""
    y = {"one class": np.ones_like(MANY), "all alone": np.eye(BATCH, dtype=np.int32)}.get(kind, MANY)
    x = similarities(kind)[1]
    return y[: len(x)], x


def distances(kind: str) -> Batch:
    """1 or 0 a pair, and distances [batch]."""
    x = np.abs(embeddings(kind)[1][:, 0]) + 0.1
    same = {"one class": np.ones(BATCH, np.int32), "all alone": np.zeros(BATCH, np.int32)}
    return same.get(kind, np.arange(BATCH, dtype=np.int32) % 2)[: len(x)], x


def cosines(kind: str) -> Batch:
    """Class numbers [batch], cosines [batch, classes]; as many classes as the largest kind of batch has."""
    y, x = embeddings(kind)
    vectors = np.random.default_rng(13).normal(size=(3, BATCH))
    return y, np.tanh(x @ vectors / 3).astype(np.float32)


def rows(y: np.ndarray, x: np.ndarray, order: np.ndarray) -> Batch:
    return y[order], x[order]


def rows_and_columns(y: np.ndarray, x: np.ndarray, order: np.ndarray) -> Batch:
    return y[order], x[np.ix_(order, order)]


class Inputs(NamedTuple):
    """A kind of input.

    Attributes:
        of: name of a kind of batch → labels, predictions.
        permuted: (labels, predictions, order) → the same batch in another order.
        named: whether labels are names of classes, which may be renamed.
        activation: of a layer that gives such predictions, for those that are bounded.
    """

    of: Callable[[str], Batch]
    permuted: Callable[..., Batch] = rows
    named: bool = True
    activation: str | None = None


EMBEDDINGS = Inputs(embeddings)
SIMILARITIES = Inputs(similarities, rows_and_columns)
SIMILARITIES_OF_MANY = Inputs(similarities_of_many, rows_and_columns, named=False)
DISTANCES = Inputs(distances, named=False, activation="softplus")
COSINES = Inputs(cosines, named=False, activation="tanh")


class Case(NamedTuple):
    """What the contracts need to know of a loss.

    Attributes:
        loss: the class.
        function: the function.
        inputs: what it takes.
        oracle: (labels, predictions, **options) → value of each anchor [batch], float64.
        options: of class and function, none at its default.
        wrong: misspelt options, which must raise.
        fixed: a loss that takes no gradient through a part of itself: the oracle with that part at `weigh`.
    """

    loss: type[losses.EmbeddingLoss]
    function: Callable[..., Any]
    inputs: Inputs
    oracle: Callable[..., np.ndarray]
    options: dict[str, Any]
    wrong: dict[str, Any]
    fixed: Callable[..., np.ndarray] | None = None


def of_pairs(name: str) -> Callable[..., np.ndarray]:
    """A loop over a table of pairs, for class labels."""
    loop = getattr(all_pairs, name)
    return lambda y, x, **options: loop(x, relations.same_label(y), **options)


def of_triplets(y: np.ndarray, x: np.ndarray, margin: float, distance_metric: str) -> np.ndarray:
    cost, _, pairs = semi_hard(distance_matrix(x, distance_metric), y, margin)
    return cost * len(y) / max(pairs, 1)


def of_mined(y: np.ndarray, x: np.ndarray, margin: float, distance_metric: str, **options: str) -> np.ndarray:
    table = distance_matrix(x, distance_metric)
    return triplet_loss.per_anchor(table, *triplet_loss.masks(y), margin, **options)[0]


def of_classes(name: str) -> Callable[..., np.ndarray]:
    loop = getattr(classification, name)
    return lambda y, x, **options: loop(x, y, **options)


def of_lifted(y: np.ndarray, x: np.ndarray, margin: float) -> np.ndarray:
    cost, _, pairs = lifted(x, y, margin)
    return cost * len(y) / max(pairs, 1)


def of_many(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return npairs(x, labels_in_common(y))[0] * len(y) / max(y.any(axis=1).sum(), 1)


MISSPELT = {"margin": "1", "distance_metric": "L3", "degenerate": "adons"}
RELATION = {"relation": "same_label"}
CASES = [
    Case(
        losses.TripletSemiHardLoss,
        losses.triplet_semihard_loss,
        EMBEDDINGS,
        of_triplets,
        {"margin": 0.6, "distance_metric": "squared-L2"},
        {**MISSPELT, "block_size": 0},
    ),
    Case(
        losses.TripletHardLoss,
        losses.triplet_hard_loss,
        EMBEDDINGS,
        lambda y, x, margin, soft, distance_metric: hard(distance_matrix(x, distance_metric), y, margin, soft)[0],
        {"margin": 0.6, "soft": True, "distance_metric": "angular"},
        {**MISSPELT, "soft": "no"},
    ),
    Case(
        losses.LiftedStructLoss,
        losses.lifted_struct_loss,
        EMBEDDINGS,
        of_lifted,
        {"margin": 0.6},
        {"margin": "1", "degenerate": "adons"},
    ),
    Case(
        losses.NpairsLoss,
        losses.npairs_loss,
        SIMILARITIES,
        lambda y, x: npairs(x, same_label(y))[0],
        {},
        {},
    ),
    Case(
        losses.NpairsMultilabelLoss,
        losses.npairs_multilabel_loss,
        SIMILARITIES_OF_MANY,
        of_many,
        {},
        {"degenerate": "adons"},
    ),
    Case(
        losses.ContrastiveLoss,
        losses.contrastive_loss,
        DISTANCES,
        lambda y, x, margin: contrastive(x, y, margin)[0],
        {"margin": 0.6},
        {"margin": "1"},
    ),
    Case(
        losses.PairContrastiveLoss,
        losses.pair_contrastive_loss,
        EMBEDDINGS,
        of_pairs("pair_contrastive"),
        {
            "positive_margin": 0.3,
            "negative_margin": 1.7,
            "distance_metric": "squared-L2",
            "squared": False,
            "average": "active",
        },
        {
            "positive_margin": "0",
            "negative_margin": np.inf,
            "distance_metric": "L3",
            "squared": "yes",
            "average": "activ",
            **RELATION,
        },
    ),
    Case(
        losses.MultiSimilarityLoss,
        losses.multi_similarity_loss,
        EMBEDDINGS,
        of_pairs("multi_similarity"),
        {"alpha": 3.0, "beta": 20.0, "base": 0.4, "epsilon": 0.25},
        {"alpha": 0, "beta": -1, "base": "0.5", "epsilon": "none", **RELATION},
    ),
    Case(
        losses.SupervisedContrastiveLoss,
        losses.supervised_contrastive_loss,
        EMBEDDINGS,
        of_pairs("supervised_contrastive"),
        {"temperature": 0.3},
        {"temperature": 0, **RELATION},
    ),
    Case(
        losses.NTXentLoss,
        losses.nt_xent_loss,
        EMBEDDINGS,
        of_pairs("nt_xent"),
        {"temperature": 0.3},
        {"temperature": 0, **RELATION},
    ),
    Case(
        losses.CircleLoss,
        losses.circle_loss,
        EMBEDDINGS,
        of_pairs("circle"),
        {"margin": 0.25, "scale": 10.0},
        {"margin": "1", "scale": 0, **RELATION},
        fixed=of_pairs("circle"),
    ),
    Case(
        losses.TripletLoss,
        losses.triplet_loss,
        EMBEDDINGS,
        of_mined,
        {
            "margin": 0.6,
            "distance_metric": "squared-L2",
            "positives": "easiest",
            "negatives": "all",
            "average": "active",
        },
        {
            "margin": "sof",
            "distance_metric": "L3",
            "positives": "hard",
            "negatives": "seminard",
            "fallback": "nearest",
            "average": "activ",
            **RELATION,
        },
    ),
    Case(
        losses.ArcFaceLoss,
        losses.arcface_loss,
        COSINES,
        of_classes("arcface"),
        {"margin": 0.4, "scale": 8.0},
        {"margin": 28.6, "scale": 0},
    ),
    Case(
        losses.CosFaceLoss,
        losses.cosface_loss,
        COSINES,
        of_classes("cosface"),
        {"margin": 0.2, "scale": 8.0},
        {"margin": "1", "scale": 0},
    ),
    Case(
        losses.ProxyAnchorLoss,
        losses.proxy_anchor_loss,
        COSINES,
        of_classes("proxy_anchor_shares"),
        {"margin": 0.2, "alpha": 8.0},
        {"margin": "1", "alpha": 0},
        fixed=of_classes("proxy_anchor_shares"),
    ),
]
