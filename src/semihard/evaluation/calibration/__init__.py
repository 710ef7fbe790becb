"""A distance threshold that was fitted on some identities and judged on others, in plain NumPy."""

from semihard.evaluation.calibration._calibrate import calibrate
from semihard.evaluation.calibration._calibrate_identification import calibrate_identification
from semihard.evaluation.calibration._calibration import Calibration
from semihard.evaluation.calibration._identification import IdentificationCalibration
from semihard.evaluation.calibration._matches import Matches, matches_among

__all__ = [
    "Calibration",
    "IdentificationCalibration",
    "Matches",
    "calibrate",
    "calibrate_identification",
    "matches_among",
]
