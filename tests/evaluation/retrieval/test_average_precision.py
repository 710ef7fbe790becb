"""mAP over all ranks, as a measure that is asked for by name, against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from semihard.evaluation import evaluate, score_queries


def test_it_is_that_of_scikit_learn():
    """On data without ties; people seen by cameras, whose own pictures of the person are not searched."""
    rng = np.random.default_rng(0)
    people, cameras = rng.integers(12, size=90), rng.integers(3, size=90)
    vectors = rng.normal(size=(12, 6))[people] + rng.normal(size=(90, 6))
    ids = [f"{person} by {camera}" for person, camera in zip(people, cameras, strict=True)]
    options = {"gallery": vectors[30:], "gallery_labels": people[30:], "ids": ids[:30], "gallery_ids": ids[30:]}
    found = score_queries(vectors[:30], people[:30], **options, measures=["average_precision"]).average_precision
    expected = np.full(30, np.nan)
    for query in range(30):
        others = [item for item in range(30, 90) if ids[item] != ids[query]]
        relevant = people[others] == people[query]
        if relevant.any():
            near = -np.linalg.norm(vectors[others] - vectors[query], axis=1)
            expected[query] = average_precision_score(relevant, near)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    report = evaluate(vectors[:30], people[:30], **options, resamples=0, measures=["recall_at", "average_precision"])
    assert report.figures["map"].value == pytest.approx(np.nanmean(expected), abs=1e-12)
    assert list(report.figures)[-1] == "map" and "mAP" in str(report)
    assert "map" not in evaluate(vectors, people).figures  # it would rank everything for each query


def test_it_does_not_depend_on_what_else_is_asked_for():
    vectors, labels = np.random.default_rng(1).integers(0, 3, (40, 2)), np.arange(40) % 7
    alone = score_queries(vectors, labels, measures=["average_precision"])
    usual = score_queries(vectors, labels, ks=[1, 5])
    every = score_queries(vectors, labels, ks=[1, 5], measures=["recall_at", "map_at_r", "average_precision"])
    np.testing.assert_array_equal(alone.average_precision, every.average_precision)
    np.testing.assert_array_equal(every.map_at_r, usual.map_at_r)
    np.testing.assert_array_equal(every.recall_at[5], usual.recall_at[5])
    assert np.isnan(usual.average_precision).all() and np.isnan(alone.map_at_r).all()
    assert (every.average_precision >= every.map_at_r - 1e-15).all()  # more hits count
