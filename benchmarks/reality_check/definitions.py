"""The losses that are compared, and what is searched for each: read by the driver and by every worker."""

from dataclasses import dataclass, field

CENTERS = 3
TITLES = {"ours": "semihard", "pml": "pytorch-metric-learning", "st": "sentence-transformers"}
# Where a number is searched: evenly between the two, or evenly between their logarithms.
Range = tuple[float, float, str]


@dataclass(frozen=True)
class Loss:
    """One method, and what it is called by each side that has it.

    Attributes:
        sides: side → name.
        ranges: option → where it is searched, in our terms (angles in radians); sides translate.
        vectors: whether it has class vectors, whose learning rate is a factor of the head's, which is searched, too.
        raw: sides that take embeddings of any length, as the loss is defined there; others take them of length 1.
    """

    title: str
    sides: dict[str, str]
    ranges: dict[str, Range] = field(default_factory=dict)
    vectors: bool = False
    raw: tuple[str, ...] = ()


_MARGIN: dict[str, Range] = {"margin": (0.03, 1.0, "log")}
_TEMPERATURE: dict[str, Range] = {"temperature": (0.02, 0.5, "log")}
_SCALE: Range = (8.0, 64.0, "log")
_ANGLE: dict[str, Range] = {"margin": (0.05, 0.6, "even"), "scale": _SCALE}

LOSSES = {
    "semi-hard": Loss(
        "semi-hard triplets",
        {"ours": "TripletSemiHardLoss", "st": "BatchSemiHardTripletLoss"},
        _MARGIN,
    ),
    "all-semi-hard": Loss(
        "every semi-hard triplet",
        {
            "ours": 'TripletLoss(negatives="all_semi_hard", average="active")',
            "pml": 'TripletMarginLoss, TripletMarginMiner("semihard")',
        },
        _MARGIN,
    ),
    "all": Loss(
        "every triplet",
        {
            "ours": 'TripletLoss(negatives="all", average="active")',
            "pml": "TripletMarginLoss",
            "st": "BatchAllTripletLoss",
        },
        _MARGIN,
    ),
    "hard": Loss(
        "batch hard",
        {"ours": "TripletHardLoss", "pml": "TripletMarginLoss, BatchHardMiner", "st": "BatchHardTripletLoss"},
        _MARGIN,
    ),
    "hard-soft": Loss(
        "batch hard, soft margin",
        {"ours": "TripletHardLoss(soft=True)", "st": "BatchHardSoftMarginTripletLoss"},
    ),
    "pairs": Loss(
        "contrastive, given pairs",
        {"ours": "ContrastiveLoss"},
        {"margin": (0.5, 1.5, "even")},
    ),
    "contrastive": Loss(
        "contrastive, all pairs",
        {"ours": "PairContrastiveLoss", "pml": "ContrastiveLoss"},
        {"positive_margin": (0.0, 0.4, "even"), "negative_margin": (0.5, 1.5, "even")},
    ),
    "lifted": Loss(
        "lifted structure",
        {"ours": "LiftedStructLoss", "pml": "LiftedStructureLoss"},
        {"margin": (0.3, 5.0, "log")},
        raw=("ours",),
    ),
    "npairs": Loss("N-pairs", {"ours": "NpairsLoss", "pml": "NPairsLoss"}, raw=("ours", "pml")),
    "npairs-kinds": Loss(
        "N-pairs, class and superclass", {"ours": "NpairsMultilabelLoss"}, {"scale": (5.0, 80.0, "log")}
    ),
    "ranking": Loss(
        "pairs ranked in the batch",
        {"ours": "NpairsLoss of 20 · cosines", "st": "MultipleNegativesRankingLoss"},
        {"scale": (5.0, 80.0, "log")},
    ),
    "multi-similarity": Loss(
        "multi-similarity, mined",
        {"ours": "MultiSimilarityLoss", "pml": "MultiSimilarityLoss, MultiSimilarityMiner"},
        {
            "alpha": (1.0, 20.0, "log"),
            "beta": (10.0, 80.0, "log"),
            "base": (0.2, 0.8, "even"),
            "epsilon": (0.03, 0.3, "log"),
        },
    ),
    "supcon": Loss("supervised contrastive", {"ours": "SupervisedContrastiveLoss", "pml": "SupConLoss"}, _TEMPERATURE),
    "nt-xent": Loss("NT-Xent", {"ours": "NTXentLoss", "pml": "NTXentLoss"}, _TEMPERATURE),
    "circle": Loss(
        "circle",
        {"ours": "CircleLoss", "pml": "CircleLoss"},
        {"margin": (0.1, 0.6, "even"), "scale": (16.0, 128.0, "log")},
    ),
    "arcface": Loss("ArcFace", {"ours": "ArcFaceLoss", "pml": "ArcFaceLoss"}, _ANGLE, vectors=True),
    "sub-center": Loss(
        f"Sub-center ArcFace, {CENTERS} centers",
        {"ours": f"ArcFaceLoss, centers={CENTERS}", "pml": "SubCenterArcFaceLoss"},
        _ANGLE,
        vectors=True,
    ),
    "cosface": Loss(
        "CosFace",
        {"ours": "CosFaceLoss", "pml": "CosFaceLoss"},
        {"margin": (0.05, 0.5, "even"), "scale": _SCALE},
        vectors=True,
    ),
    "proxy-anchor": Loss(
        "Proxy-Anchor",
        {"ours": "ProxyAnchorLoss", "pml": "ProxyAnchorLoss"},
        {"margin": (0.0, 0.4, "even"), "alpha": _SCALE},
        vectors=True,
    ),
    "cross-entropy": Loss(
        "softmax cross-entropy", {"ours": "Keras's, of a linear classifier"}, vectors=True, raw=("ours",)
    ),
    "normalized-softmax": Loss(
        "normalized softmax", {"pml": "NormalizedSoftmaxLoss"}, {"temperature": (0.02, 0.2, "log")}, vectors=True
    ),
    "proxy-nca": Loss("ProxyNCA", {"pml": "ProxyNCALoss"}, {"scale": (1.0, 32.0, "log")}, vectors=True),
    "soft-triple": Loss(
        f"SoftTriple, {CENTERS} centers",
        {"pml": "SoftTripleLoss"},
        {"scale": _SCALE, "margin": (0.0, 0.2, "even")},
        vectors=True,
    ),
    "margin": Loss(
        "margin, distances weighted",
        {"pml": "MarginLoss, DistanceWeightedMiner"},
        {"margin": (0.05, 0.5, "even"), "beta": (0.6, 1.4, "even")},
    ),
}
ROWS = [f"{side}:{name}" for name, loss in LOSSES.items() for side in loss.sides]
# They make a tensor of every positive pair with every negative one: seconds for a step, here.
SLOW = ("pml:nt-xent", "pml:lifted")
# What is trained for longer, too: those with class vectors, and some without.
LONGER = ("semi-hard", "supcon", "arcface", "proxy-anchor", "cross-entropy")
BASE = "ours:semi-hard"


def parts(row):
    """Return the side and the loss of a row's name."""
    side, name = row.split(":")
    return side, LOSSES[name]
