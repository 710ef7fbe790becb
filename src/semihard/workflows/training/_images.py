"""The images of a training: which learn, which choose the best model, and which judge it."""

import dataclasses
import hashlib
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core.labels import encode_labels
from semihard.data import ImageFiles, Preprocessing, preflight, split_classes, split_samples
from semihard.workflows.training.options import TrainingOptions

# What a table may call its parts, and which they are.
WORDS = {"train": "train", "val": "validation", "validation": "validation", "valid": "validation", "test": "test"}
# Images of a part are decoded once and kept where they take no more than this.
KEPT_BYTES = 512 * 2**20
PER_CLASS = 4
# From so many classes on, a part of them chooses the best epoch, and others judge.
ENOUGH, CHOOSING = 20, 0.1


@dataclasses.dataclass(frozen=True)
class Images:
    """Three parts of the data; `test` is `validation` where there is no third.

    Attributes:
        fingerprint: of the files' names, sizes and labels, and of the parts that they are in.
    """

    train: ImageFiles
    validation: ImageFiles
    test: ImageFiles
    fingerprint: str

    @property
    def preprocessing(self) -> Preprocessing:
        return self.train.preprocessing


def read_images(
    options: TrainingOptions, progress: Callable[[int, int], object] | None = None
) -> tuple[Images, TrainingOptions]:
    """Find, check and split the images; return them, and the options with what the data have decided.

    Raises:
        OSError, ValueError: no images, images that cannot be read, or too few classes or images to learn from or to be
            judged by.
    """
    size = options.size
    assert size is not None  # noqa: S101 - resolved before
    channels = Preprocessing(size, options.color_mode).channels
    images = ImageFiles(
        options.data, size, channels=channels, fit=options.fit, corrupt=options.corrupt, progress=progress
    )
    if options.limit is not None and options.limit < len(images):
        images = images.subset(_some(images.labels, options.limit, options.seed))
    split = options.split or ("class" if images.split is None else "column")
    given, options = options, dataclasses.replace(options, split=split)
    options = dataclasses.replace(options, val_fraction=_val_fraction(images, split, options))
    parts = _parts(images, split, options)
    if given.val_fraction is None and options.val_fraction and not _can_judge([images.labels[i] for i in parts[1]]):
        options = dataclasses.replace(options, val_fraction=0.0)
        parts = _parts(images, split, options)
    train, validation = images.subset(parts[0]), images.subset(parts[1])
    test = validation if parts[2] is parts[1] else images.subset(parts[2])
    _check_training(train, split)
    for name, part in (("validation", validation), ("test", test)):
        _check_held_out(part, name if split == "column" else "held out", split)
    if options.classes_per_batch is None:
        suggestion = preflight(train.labels, min(options.batch, len(train))).suggestion
        assert suggestion is not None  # noqa: S101 - a class has two images
        options = dataclasses.replace(options, classes_per_batch=suggestion[0], samples_per_class=suggestion[1])
    return Images(train, validation, test, _fingerprint(images, parts)), options


def in_memory(images: ImageFiles) -> Any:
    """The images as an array, where they are not too many; else as they are, to be decoded when they are asked for."""
    return np.asarray(images) if np.prod(images.shape) <= KEPT_BYTES else images


def _some(labels: list[Any], limit: int, seed: int) -> np.ndarray[Any, Any]:
    """At most `limit` samples: as many of each of some classes, four at least where a class has them."""
    codes, classes = encode_labels(labels)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(codes))
    chosen = rng.permutation(len(classes))[: max(limit // PER_CLASS, 1)]
    # Each class's first, then each one's second, …
    place = np.empty(len(codes), np.int64)
    seen: Counter[int] = Counter()
    for sample in order:
        place[sample] = seen[int(codes[sample])]
        seen[int(codes[sample])] += 1
    of_chosen = order[np.isin(codes[order], chosen)]
    return np.sort(of_chosen[np.argsort(place[of_chosen], kind="stable")][:limit])


def _val_fraction(images: ImageFiles, split: str, options: TrainingOptions) -> float | None:
    """The part that chooses the best epoch: as given, else some classes where there are enough of them."""
    if options.val_fraction is not None or split == "column":
        return options.val_fraction
    classes = len(encode_labels(images.labels)[1])
    left = classes - round(classes * options.test_fraction)
    enough = split == "class" and classes >= ENOUGH and left >= 4 and options.test_fraction + CHOOSING < 1
    return CHOOSING if enough else 0.0


def _parts(images: ImageFiles, split: str, options: TrainingOptions) -> tuple[Any, Any, Any]:
    """Places of the images that learn, of those that choose the best epoch, and of those that judge."""
    if split == "column":
        if options.val_fraction:
            raise ValueError(
                "Expected no `val_fraction` with split='column', where the rows of `val` choose the best epoch. "
                f"Received: {options.val_fraction}. Leave it out."
            )
        return _of_column(images, options.data)
    labels, classes = images.labels, len(encode_labels(images.labels)[1])
    if split == "class":
        if classes < 4:
            advice = "Hold out samples of each class instead: split='sample'." if classes > 1 else "Add a class."
            raise ValueError(
                f"Expected at least 4 classes, two to learn from and two to be judged by. Received: {classes} in "
                f"{options.data}. {advice}"
            )
        held = min(max(round(classes * options.test_fraction), 2), classes - 2)
        rest, test = split_classes(labels, held / classes, options.seed)
        if not options.val_fraction:
            return rest, test, test
        choosing = min(max(round(classes * options.val_fraction), 2), classes - held - 2)
        if choosing < 2:  # of one class nothing could be confused
            raise ValueError(
                "Expected at least two classes each to learn from, to choose the best epoch and to judge the model, "
                f"for a `val_fraction`. Received: {classes}, {held} of which judge. Leave it out, or take a smaller "
                "test_fraction."
            )
        train, validation = split_classes([labels[i] for i in rest], choosing / (classes - held), options.seed)
        return rest[train], rest[validation], test
    rest, test = split_samples(labels, options.test_fraction, options.seed)
    if not options.val_fraction:
        return rest, test, test
    share = options.val_fraction / (1 - options.test_fraction)
    train, validation = split_samples([labels[i] for i in rest], share, options.seed)
    return rest[train], rest[validation], test


def _of_column(images: ImageFiles, data: str) -> tuple[Any, Any, Any]:
    if images.split is None:
        raise ValueError(
            f"Expected a column `split` in {data}. Received: none. Add one, or leave the option `split` out."
        )
    parts: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
    for place, word in enumerate(images.split):
        if word not in WORDS:
            raise ValueError(
                f"Expected the column `split` of {data} to hold {', '.join(WORDS)}. Received: {word!r}. Rename it."
            )
        parts[WORDS[word]].append(place)
    validation, test = parts["validation"] or parts["test"], parts["test"] or parts["validation"]
    if not parts["train"] or not test:
        raise ValueError(
            f"Expected rows of `train`, and of `val` or `test`, in the column `split` of {data}. Received: "
            f"{', '.join(f'{len(rows)} of {name}' for name, rows in parts.items())}."
        )
    return parts["train"], validation, test


def _check_training(images: ImageFiles, split: str) -> None:
    sizes = Counter(encode_labels(images.labels)[0].tolist())
    if len(sizes) < 2:
        raise ValueError(
            f"Expected at least two classes to learn from. Received: {len(sizes)}. A class is a sub-folder of images, "
            "or a label of the table."
        )
    if max(sizes.values()) < 2:
        raise ValueError(
            f"Expected classes of two images or more, to learn what is alike. Received: {len(sizes):,} classes of one "
            "image each."
            + (" Hold out fewer of them: a smaller test_fraction." if split == "sample" else " Add images.")
        )


def _can_judge(labels: list[Any]) -> bool:
    """Whether there is a pair of one class, and another class to confuse it with."""
    sizes = Counter(encode_labels(labels)[0].tolist())
    return len(sizes) > 1 and max(sizes.values()) > 1


def _check_held_out(images: ImageFiles, name: str, split: str) -> None:
    if not _can_judge(images.labels):
        sizes = set(encode_labels(images.labels)[0].tolist())
        advice = "Hold out more: a larger test_fraction." if split == "sample" else "Add images, or another seed."
        raise ValueError(
            f"Expected {name} images of two classes or more, one of them with two images, to judge the model by. "
            f"Received: {len(images)} images of {len(sizes)} classes. {advice}"
        )


def _fingerprint(images: ImageFiles, parts: tuple[Any, ...]) -> str:
    digest = hashlib.sha256()
    for path, label in zip(images.paths, images.labels, strict=True):
        digest.update(repr((os.fspath(path), Path(path).stat().st_size, label)).encode("utf-8", "surrogateescape"))
    for part in parts:
        digest.update(np.asarray(part, "<i8").tobytes())
    return digest.hexdigest()
