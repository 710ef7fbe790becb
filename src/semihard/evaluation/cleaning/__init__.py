"""What is wrong with the data itself: labels that look wrong, near-duplicates, and leakage across a split."""

from semihard.evaluation.cleaning._duplicates import Duplicates, duplicates
from semihard.evaluation.cleaning._label_errors import LabelErrors, label_errors
from semihard.evaluation.cleaning.judgement import Judgement, judge_labels
from semihard.evaluation.cleaning.near import looked_at, near_threshold

__all__ = [
    "Duplicates",
    "Judgement",
    "LabelErrors",
    "duplicates",
    "judge_labels",
    "label_errors",
    "looked_at",
    "near_threshold",
]
