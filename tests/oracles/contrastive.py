"""The contrastive loss and its slope, one pair at a time, in float64."""

import numpy as np


def contrastive(distances, same, margin: float) -> tuple[np.ndarray, np.ndarray]:
    values, slopes = [], []
    for d, s in zip(np.asarray(distances, np.float64), same, strict=True):
        if s:
            values.append(d * d)
            slopes.append(2 * d)
        else:
            short = max(0.0, margin - d)
            values.append(short * short)
            slopes.append(-2 * short)
    return np.array(values), np.array(slopes)
