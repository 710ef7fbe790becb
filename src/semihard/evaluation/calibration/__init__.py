"""A distance threshold that was fitted on some identities and judged on others, in plain NumPy."""

from semihard.evaluation.calibration._calibrate import calibrate
from semihard.evaluation.calibration._calibration import Calibration
from semihard.evaluation.calibration._matches import Matches, find_matches

__all__ = ["Calibration", "Matches", "calibrate", "find_matches"]
