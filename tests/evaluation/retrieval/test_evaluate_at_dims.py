"""Figures of embeddings that are cut off: those of `evaluate` of their first numbers."""

import numpy as np
import pytest

from semihard.evaluation import evaluate, evaluate_at_dims

RNG = np.random.default_rng(0)
LABELS = np.arange(120) % 12
POINTS = (RNG.normal(size=(12, 6))[LABELS] + 0.6 * RNG.normal(size=(120, 6))).astype(np.float32)


@pytest.mark.parametrize("normalize", [True, False])
def test_each_size_is_evaluated_by_itself(normalize):
    found = evaluate_at_dims(POINTS, LABELS, [1, 2, 6], normalize=normalize, ks=[3], measures=["recall_at", "map_at_r"])
    for dim in (1, 2, 6):
        first = POINTS[:, :dim].astype(float)
        first /= np.linalg.norm(first, axis=1, keepdims=True) if normalize else 1.0
        expected = evaluate(first.astype(np.float32), LABELS, ks=[3], measures=["recall_at", "map_at_r"])
        assert found.reports[dim].figures == expected.figures
        assert found.figures[f"map_at_r_dim_{dim}"] == expected.figures["map_at_r"]
    assert list(found.figures)[:3] == ["recall_at_1_dim_1", "recall_at_1_dim_2", "recall_at_1_dim_6"]
    assert ("at length 1" in str(found)) == normalize


def test_a_gallery_and_ids():
    found = evaluate_at_dims(
        POINTS, LABELS, [4], gallery=POINTS, gallery_labels=LABELS, ids=range(120), gallery_ids=range(120), resamples=0
    )
    assert found.figures == evaluate_at_dims(POINTS, LABELS, [4], resamples=0).figures


def test_wrong_arguments_raise():
    with pytest.raises(ValueError, match=r"`dims` of at most 6.*Received: 7"):
        evaluate_at_dims(POINTS, LABELS, [2, 7])
    with pytest.raises(ValueError, match="ascending"):
        evaluate_at_dims(POINTS, LABELS, [4, 2])
    with pytest.raises(ValueError, match="without zero vectors"):
        evaluate_at_dims([[0.0, 1.0], [1.0, 1.0]], [0, 0], [1])
    with pytest.raises(ValueError, match="one of True, False"):
        evaluate_at_dims(POINTS, LABELS, [2], normalize=1)
