"""What losses, relations, layers and metrics accept as labels and embeddings, and what they say to anything else."""

from semihard._inputs.embeddings import (
    are_finite,
    embeddings_of,
    floats_of,
    nan_guard,
    one_each,
    precise,
    similarities_of,
)
from semihard._inputs.labels import codes_of, exact_labels, host_labels, labels_of, match_batch, multi_hot, whole
from semihard._inputs.order import check_order
from semihard._inputs.replicas import Shared, gathered, of_all_replicas

__all__ = [
    "Shared",
    "are_finite",
    "check_order",
    "codes_of",
    "embeddings_of",
    "exact_labels",
    "floats_of",
    "gathered",
    "host_labels",
    "labels_of",
    "match_batch",
    "multi_hot",
    "nan_guard",
    "of_all_replicas",
    "one_each",
    "precise",
    "similarities_of",
    "whole",
]
