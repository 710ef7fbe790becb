"""Splits for honest evaluation: of the samples of every class, or of the classes themselves."""

import math
from typing import Any

import numpy as np

from semihard._core.labels import encode_labels

Indices = np.ndarray[Any, Any]


def split_classes(labels: Any, test_fraction: float = 0.5, seed: int = 0) -> tuple[Indices, Indices]:
    """Split so that no class of the test part is in the training part: what retrieval of unseen classes needs.

    Args:
        labels: [n], any hashable values.
        test_fraction: part of the classes that is for testing, between 0 and 1; at least one class goes to each part.
        seed: of the choice. It depends on the labels' order of appearance too.

    Returns:
        Indices of the training and of the test samples, ascending; together all n.

    Raises:
        ValueError: for fewer than two classes, or a fraction that is not between 0 and 1.
        TypeError: for a fraction that is no number.

    Example:
        >>> train, test = split_classes(list("aabbccdd"), 0.25)
        >>> len(train), len(test)
        (6, 2)

    Source:
        The protocol of metric learning benchmarks: Musgrave et al., "A Metric Learning Reality Check", 2020, §2.
    """
    fraction = _fraction(test_fraction)
    codes, classes = encode_labels(labels)
    if len(classes) < 2:
        raise ValueError(f"Expected at least two classes to split. Received: {len(classes)}.")
    count = min(max(round(len(classes) * fraction), 1), len(classes) - 1)
    tested = np.zeros(len(classes), bool)
    tested[np.random.default_rng(seed).permutation(len(classes))[:count]] = True
    return np.flatnonzero(~tested[codes]), np.flatnonzero(tested[codes])


def split_samples(labels: Any, test_fraction: float = 0.2, seed: int = 0) -> tuple[Indices, Indices]:
    """Split so that both parts have every class in the same proportion: what recognising known classes needs.

    Args:
        labels: [n], any hashable values.
        test_fraction: part of the samples of each class that is for testing, between 0 and 1. Rounded by chance where
            it is no whole number of samples, so that the parts have the right size as a whole.
        seed: of the choice.

    Returns:
        Indices of the training and of the test samples, ascending; together all n.

    Raises:
        ValueError: for a fraction that is not between 0 and 1.
        TypeError: for a fraction that is no number.

    Example:
        >>> train, test = split_samples(list("aaaabbbb"), 0.25)
        >>> len(train), [str(np.array(list("aaaabbbb"))[i]) for i in test]
        (6, ['a', 'b'])
    """
    fraction = _fraction(test_fraction)
    codes, _ = encode_labels(labels)
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(codes))
    shuffled = shuffled[np.argsort(codes[shuffled], kind="stable")]
    # Every 1/fraction-th of the samples in the order of their classes, from a random start.
    edges = np.floor(np.arange(len(codes) + 1) * fraction + rng.random())
    tested = np.zeros(len(codes), bool)
    tested[shuffled[np.diff(edges) > 0]] = True
    return np.flatnonzero(~tested), np.flatnonzero(tested)


def _fraction(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"Expected `test_fraction` to be a number. Received: {value!r} ({type(value).__name__}).")
    if not 0 < value < 1 or math.isnan(value):
        raise ValueError(f"Expected `test_fraction` to be between 0 and 1. Received: test_fraction={value}.")
    return float(value)
