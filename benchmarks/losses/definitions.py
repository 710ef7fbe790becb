"""The losses that are compared, under the names of each library, and the batch that every side gets."""

from dataclasses import dataclass

import numpy as np

DIM = 128
PER_CLASS = 4
CENTERS = 3
MARGIN = 0.2  # of triplets: about a third of all of them pay
FAR = 1.4  # the margin of negative pairs: about half of them pay


@dataclass(frozen=True)
class Loss:
    """One definition: what it is called here, and by which peers, all of which must give one value and one gradient."""

    title: str
    ours: str
    peers: dict[str, str]


LOSSES = {
    "semi-hard": Loss(
        "semi-hard, one negative a pair",
        "triplet_semihard_loss",
        {"tfa": "TripletSemiHardLoss", "st": "BatchSemiHardTripletLoss"},
    ),
    "all-semi-hard": Loss(
        "every semi-hard triplet",
        'triplet_loss, negatives="all_semi_hard", average="active"',
        {"pml": "TripletMarginLoss, TripletMarginMiner(semihard)"},
    ),
    "all": Loss(
        "every triplet",
        'triplet_loss, negatives="all", average="active"',
        {"pml": "TripletMarginLoss", "st": "BatchAllTripletLoss"},
    ),
    "hard": Loss(
        "batch hard, mean over anchors",
        "triplet_hard_loss",
        {"tfa": "TripletHardLoss", "st": "BatchHardTripletLoss"},
    ),
    "hard-active": Loss(
        "batch hard, mean over paying anchors",
        'triplet_loss, positives="hardest", negatives="hardest", average="active"',
        {"pml": "TripletMarginLoss, BatchHardMiner"},
    ),
    "hard-soft": Loss(
        "batch hard, soft margin",
        "triplet_hard_loss, soft=True",
        {"tfa": "TripletHardLoss(soft=True)", "st": "BatchHardSoftMarginTripletLoss"},
    ),
    "lifted": Loss("lifted structure", "lifted_struct_loss", {"tfa": "LiftedStructLoss", "pml": "LiftedStructureLoss"}),
    "npairs": Loss("N-pairs of all rows with all rows", "npairs_loss of x @ x.T", {"tfa": "NpairsLoss"}),
    "npairs-two": Loss("N-pairs of two rows a class (B/4 with B/4)", "npairs_loss of a @ b.T", {"pml": "NPairsLoss"}),
    "ranking": Loss(
        "B/2 queries with B/2 documents", "npairs_loss of 20 · cosines", {"st": "MultipleNegativesRankingLoss"}
    ),
    "pairs": Loss("contrastive, B/2 given pairs", "contrastive_loss", {"tfa": "ContrastiveLoss"}),
    "contrastive": Loss(
        "contrastive, all pairs",
        'pair_contrastive_loss, squared=False, average="active"',
        {"pml": "ContrastiveLoss"},
    ),
    "multi-similarity": Loss(
        "multi-similarity, mined", "multi_similarity_loss", {"pml": "MultiSimilarityLoss, MultiSimilarityMiner"}
    ),
    "supcon": Loss("supervised contrastive", "supervised_contrastive_loss", {"pml": "SupConLoss"}),
    "nt-xent": Loss("NT-Xent", "nt_xent_loss", {"pml": "NTXentLoss"}),
    "circle": Loss("circle", "circle_loss", {"pml": "CircleLoss"}),
    "arcface": Loss("ArcFace", "arcface_loss", {"pml": "ArcFaceLoss"}),
    "cosface": Loss("CosFace", "cosface_loss", {"pml": "CosFaceLoss"}),
    "sub-center": Loss(
        f"Sub-center ArcFace, {CENTERS} centers", f"arcface_loss, centers={CENTERS}", {"pml": "SubCenterArcFaceLoss"}
    ),
    "proxy-anchor": Loss("Proxy-Anchor", "proxy_anchor_loss", {"pml": "ProxyAnchorLoss"}),
}


@dataclass(frozen=True)
class Batch:
    """`size` rows of unit length, four a class in any order, so that positives are nearer than most negatives."""

    size: int

    @property
    def classes(self):
        """How many class vectors the losses over classes have."""
        return max(1024, self.size // PER_CLASS)

    def arrays(self):
        """Return labels int32 [size] and embeddings float32 [size, DIM]."""
        random = np.random.default_rng(self.size)
        labels = random.permutation(np.arange(self.size) // PER_CLASS)
        centers = random.standard_normal((self.size, DIM))
        rows = centers[labels] + 1.5 * random.standard_normal((self.size, DIM))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return labels.astype("int32"), rows.astype("float32")

    def vectors(self, centers=1):
        """Return class vectors float32 [classes · centers, DIM], those of one class in a row."""
        random = np.random.default_rng(centers)
        return (random.standard_normal((self.classes * centers, DIM)) / DIM**0.5).astype("float32")

    def two_a_class(self):
        """Return the places of the first and of the second row of each class, [size / 4] each."""
        order = np.argsort(self.arrays()[0], kind="stable").astype("int32")
        return order[::PER_CLASS], order[1::PER_CLASS]

    def same(self):
        """Return 1 and 0 in turn, [size / 2], for pairs that are said to be of one class and of two."""
        return (np.arange(self.size // 2) % 2 == 0).astype("int32")
