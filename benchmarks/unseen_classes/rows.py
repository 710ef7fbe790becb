"""The losses that are compared, by name; says what each needs, and makes it in the worker."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One way of training an encoder.

    Attributes:
        make: the name of a class of `semihard.losses`, "" for no training, "cross-entropy" for Keras's, or "pairs" for
            `NpairsLoss` between the even and the odd rows of a batch.
        options: its arguments.
        head: what the model has behind the embeddings: "unit" brings them to length 1, "raw" leaves them, "cosine"
            gives the cosines to class vectors, "dense" the logits of a linear classifier.
        centers: class vectors a class, of "cosine".
        title: by default the call itself.
    """

    make: str
    options: dict[str, Any] = field(default_factory=dict)
    head: str = "unit"
    centers: int = 1
    title: str = ""

    @property
    def is_call(self) -> bool:
        """Whether the title is code."""
        return not self.title

    def __str__(self) -> str:
        call = f"{self.make}({', '.join(f'{key}={value!r}' for key, value in self.options.items())})"
        return self.title or call


BASE = "triplet_semihard"  # what the others are compared to
ROWS = {
    "untrained": Row("", title="no training"),
    "cross_entropy": Row("cross-entropy", head="dense", title="softmax cross-entropy"),
    BASE: Row("TripletSemiHardLoss"),
    "triplet_hard": Row("TripletHardLoss"),
    "triplet_hard_soft": Row("TripletHardLoss", {"soft": True}),
    "triplet_all": Row("TripletLoss", {"negatives": "all", "average": "active"}),
    "triplet_easiest": Row("TripletLoss", {"positives": "easiest", "fallback": "none", "average": "active"}),
    "pair_contrastive": Row("PairContrastiveLoss"),
    # Both are defined on embeddings of any length; unit vectors have too little room for them.
    "lifted_struct": Row("LiftedStructLoss", head="raw"),
    "npairs": Row("pairs", head="raw", title="NpairsLoss() of even and odd rows"),
    "multi_similarity": Row("MultiSimilarityLoss"),
    "supervised_contrastive": Row("SupervisedContrastiveLoss"),
    "nt_xent": Row("NTXentLoss"),
    "circle": Row("CircleLoss"),
    "arcface": Row("ArcFaceLoss", head="cosine"),
    "subcenter_arcface": Row("ArcFaceLoss", head="cosine", centers=3, title="ArcFaceLoss() with 3 centers a class"),
    "cosface": Row("CosFaceLoss", head="cosine"),
    "proxy_anchor": Row("ProxyAnchorLoss", head="cosine"),
}
