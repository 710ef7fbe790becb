"""Verification: are two embeddings of the same identity? Error rates over all thresholds, in plain NumPy."""

from semihard.verification.curve import VerificationCurve, verification_curve
from semihard.verification.equal_error_rate import EqualError, equal_error_rate
from semihard.verification.pair_histograms import PairHistograms, pair_histograms
from semihard.verification.percentile_interval import percentile_interval
from semihard.verification.plot_verification import plot_verification
from semihard.verification.report import VerificationReport
from semihard.verification.resampled_counts import resampled_counts
from semihard.verification.roc_auc import Area, roc_auc
from semihard.verification.tar_at_far import OperatingPoint, tar_at_far, too_few_impostors
from semihard.verification.verification_report import verification_report
from semihard.verification.verification_report_of_pairs import verification_report_of_pairs

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
    "plot_verification",
    "resampled_counts",
    "roc_auc",
    "tar_at_far",
    "too_few_impostors",
    "verification_curve",
    "verification_report",
    "verification_report_of_pairs",
]
