"""A distance threshold that was fitted on some identities and judged on others, in plain NumPy."""

from semihard.calibration.calibrate import calibrate
from semihard.calibration.calibration import Calibration
from semihard.calibration.matches import Matches

__all__ = ["Calibration", "Matches", "calibrate"]
