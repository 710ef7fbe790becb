"""What can be chosen of a training: each option once, for Python, for the command line and for `config.toml`."""

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Any, Self

from semihard.data.preprocessing import COLOR_MODES, FITS
from semihard.workflows.training.kinds import (
    BACKBONE,
    BACKBONE_WEIGHTS,
    DIMS,
    FRACTION,
    FROZEN,
    PART,
    PATH,
    POSITIVE,
    SIZE,
    TEXT,
    Kind,
    one_of,
    whole,
)

SPLITS = ("class", "sample", "column")
AUGMENTATIONS = ("none", "flip", "geometric", "photo")
FEATURES = ("last", "stages")
SCALINGS = ("none", "unit", "symmetric")
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
MAPS = ("umap", "tsne", "pca", "none")
MINING = ("semi_hard", "all_semi_hard", "hardest", "all")
# Loss → the margin that it has by default with embeddings of unit length; None where it has none.
LOSSES: dict[str, float | None] = {
    "triplet": 0.3,
    "supervised_contrastive": None,
    "multi_similarity": None,
    "nt_xent": None,
    "circle": 0.4,
    "pair_contrastive": 1.0,
    "lifted_struct": 1.0,
    "arcface": 0.3,
    "cosface": 0.2,
    "proxy_anchor": 0.1,
}
# Those that learn a vector for each class beside the embeddings.
OF_CLASSES = ("arcface", "cosface", "proxy_anchor")


def _option(kind: Kind, default: Any, help_: str) -> Any:
    return dataclasses.field(default=default, metadata={"kind": kind, "help": help_})


@dataclasses.dataclass(frozen=True)
class TrainingOptions:
    """Every option of `semihard.train`, checked; None where the data or another option decides.

    `config.toml` of a run holds them, resolved. What each means is in the metadata of its field, which
    `semihard train --help` prints.

    Raises:
        TypeError, ValueError: a value out of its range, or options that contradict each other.

    Example:
        >>> TrainingOptions("photos", size=96).size
        (96, 96)
    """

    data: str = dataclasses.field(metadata={"kind": PATH, "help": "folder with a sub-folder a class, or a table"})

    split: str | None = _option(
        one_of(SPLITS),
        None,
        "which images are held out: whole classes, samples of each class, or as the table's column `split` says "
        "(train, val, test) (default: column if there is one, else class)",
    )
    test_fraction: float = _option(FRACTION, 0.25, "part of the classes, or samples, that judges the model")
    val_fraction: float | None = _option(
        PART,
        None,
        "part of them that chooses the best epoch, so that what judges has chosen nothing; 0: what judges chooses, too "
        "(default: a tenth of at least 20 classes, else 0)",
    )
    size: tuple[int, int] | None = _option(SIZE, None, "pixels of a picture (default: 96; as the .keras file takes)")
    color_mode: str = _option(one_of(COLOR_MODES), "rgb", "what pictures are turned into")
    fit: str = _option(one_of(FITS), "stretch", "how pictures of another shape are resized")
    corrupt: str = _option(one_of(("error", "skip")), "error", "what to do about files that cannot be read")
    limit: int | None = _option(whole(4), None, "most images to use, of as many classes as four each allow")

    batch: int = _option(whole(4), 64, "about how many images a step; the data suggest of how many classes")
    classes_per_batch: int | None = _option(whole(2), None, "classes a batch (default: suggested by the data)")
    samples_per_class: int | None = _option(whole(2), None, "images of each of them (default: suggested by the data)")
    hard_classes: float = _option(
        PART,
        0.0,
        "part of a batch's classes that are among those which the model confuses with another in it; found anew in "
        "each epoch. 0: all by chance",
    )
    augment: str = _option(
        one_of(AUGMENTATIONS),
        "photo",
        "random changes: mirrored; also turned, moved and zoomed; or also of brightness and contrast (with "
        "freeze_epochs 'all' those of `copies`)",
    )
    strength: float = _option(PART, 0.5, "of these changes but the mirror, from 0 to 1")
    workers: int = _option(whole(1), 2, "batches made at a time; the result does not depend on it")

    backbone: str = _option(
        BACKBONE,
        "small",
        "'small' (a small convolutional net), 'efficientnet_lite0' or 'mobilenet_v2' (weights from a package), the "
        "name of a model of keras.applications, or a .keras file",
    )
    backbone_weights: str | None = _option(
        BACKBONE_WEIGHTS,
        None,
        "of a model by name: from Keras's cache or the package, random, or a file (default: imagenet)",
    )
    features: str | None = _option(
        one_of(FEATURES),
        None,
        "what is taken of the backbone: its last layer, or the mean of each of its stages, which tells more of "
        "pictures unlike ImageNet's (default: stages of 'efficientnet_lite0' and 'mobilenet_v2', else last)",
    )
    scaling: str | None = _option(
        one_of(SCALINGS),
        None,
        "what the backbone wants of pixels, done inside of the model: 0 to 255, 0 to 1, -1 to 1 (default: what a model "
        "by name was trained on; unit for small; none for a file)",
    )
    embedding: int = _option(whole(2), 128, "dimensions of the embedding")
    weights: str | None = _option(PATH, None, "run, or .keras file of one, whose weights to start from")

    loss: str = _option(one_of(LOSSES), "triplet", "what is minimized")
    mining: str | None = _option(one_of(MINING), None, "which triplets the triplet loss takes (default: semi_hard)")
    margin: float | None = _option(POSITIVE, None, "of the loss, if it has one (default: the loss's own)")
    dims: tuple[int, ...] | None = _option(
        DIMS,
        None,
        "sizes at which the first numbers of an embedding are to do alone (Matryoshka); all of them are trained, too",
    )

    epochs: int = _option(whole(1), 20, "most passes over the data")
    patience: int = _option(whole(1), 10, "epochs without a better val_map_at_r after which training ends")
    learning_rate: float = _option(POSITIVE, 1e-3, "the highest, after the warm-up; an unfrozen backbone has a tenth")
    warmup: float = _option(PART, 0.1, "part of the steps in which it rises; then it falls along a cosine")
    freeze_epochs: int | str | None = _option(
        FROZEN,
        None,
        "epochs in which a backbone with weights stays as it is; 'all': it never learns, and its features are computed "
        "once (default: a quarter of all, 0 without weights)",
    )
    copies: int = _option(
        whole(0), 0, "with freeze_epochs 'all', changed copies of each picture that are learned from, too"
    )
    precision: str = _option(one_of(PRECISIONS), "float32", "what is computed in")
    device: str = _option(TEXT, "auto", "'auto', 'cpu', 'gpu', or one by its number: 'gpu:1'")
    seed: int = _option(whole(0), 0, "of all that is random")
    map: str | None = _option(
        one_of(MAPS), None, "how held-out images are laid out for the page and the picture (default: umap if installed)"
    )
    backend: str | None = _option(
        one_of(("tensorflow", "jax", "torch")), None, "what Keras runs on; it must be the one that runs"
    )

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value, kind = getattr(self, field.name), field.metadata["kind"]
            if value is not None or field.default is not None:
                object.__setattr__(self, field.name, kind.check(field.name, value))
        if self.mining is not None and self.loss != "triplet":
            raise ValueError(
                f"Expected `mining` with loss='triplet' only. Received: mining={self.mining!r} with "
                f"loss={self.loss!r}, which takes all pairs of a batch. Leave it out."
            )
        if self.margin is not None and LOSSES[self.loss] is None:
            raise ValueError(
                f"Expected `margin` with a loss that has one. Received: margin={self.margin} with loss={self.loss!r}. "
                "Leave it out."
            )
        if self.dims is not None and self.dims[-1] >= self.embedding:
            raise ValueError(
                f"Expected `dims` below the {self.embedding} of `embedding`, which is trained anyway. Received: "
                f"dims={self.dims}."
            )
        if self.test_fraction + (self.val_fraction or 0) >= 1:
            raise ValueError(
                "Expected `test_fraction` and `val_fraction` to leave something to learn from: less than 1 together. "
                f"Received: {self.test_fraction} and {self.val_fraction}."
            )
        if (self.classes_per_batch is None) != (self.samples_per_class is None):
            raise ValueError(
                "Expected both of `classes_per_batch` and `samples_per_class`, or none. Received: one of them."
            )

    @property
    def frozen(self) -> int:
        """Epochs in which the backbone stays as it is, of resolved options."""
        return self.epochs if isinstance(self.freeze_epochs, str) else self.freeze_epochs or 0

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """The sizes at which embeddings are to do, all of them the last; None where they are not cut off."""
        return None if self.dims is None else (*self.dims, self.embedding)

    @classmethod
    def checked(cls, options: Mapping[str, Any], where: str = "options") -> Self:
        """Return the options of these names and values; raise `TypeError` that names what is misspelt."""
        names = [field.name for field in dataclasses.fields(cls)]
        for name in options:
            if name not in names:
                near = difflib.get_close_matches(name, names, 1)
                raise TypeError(
                    f"Expected {where} to be of {', '.join(names)}. Received: {name!r}."
                    + (f" Did you mean {near[0]!r}?" if near else "")
                )
        if "data" not in options:
            raise TypeError("Expected `data`: a folder with a sub-folder a class, or a table. Received: none.")
        return cls(**options)

    def given(self) -> dict[str, Any]:
        """The options that are not None, by name."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value is not None}
