"""Verification: are two embeddings of the same identity? Error rates over all thresholds, in plain NumPy."""

from semihard.evaluation.verification._verify import verify
from semihard.evaluation.verification._verify_pairs import verify_pairs
from semihard.evaluation.verification.bootstrap import percentile_interval, resampled_counts
from semihard.evaluation.verification.histograms import PairHistograms, pair_histograms
from semihard.evaluation.verification.rates import (
    Area,
    EqualError,
    OperatingPoint,
    VerificationCurve,
    equal_error_rate,
    roc_auc,
    tar_at_far,
    too_few_impostors,
    verification_curve,
)
from semihard.evaluation.verification.report import VerificationReport

__all__ = [
    "Area",
    "EqualError",
    "OperatingPoint",
    "PairHistograms",
    "VerificationCurve",
    "VerificationReport",
    "equal_error_rate",
    "pair_histograms",
    "percentile_interval",
    "resampled_counts",
    "roc_auc",
    "tar_at_far",
    "too_few_impostors",
    "verification_curve",
    "verify",
    "verify_pairs",
]
