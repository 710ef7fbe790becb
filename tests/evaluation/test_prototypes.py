"""Class means and the nearest of them, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.neighbors import NearestCentroid

from semihard.evaluation import prototypes

sets = st.integers(2, 12).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float32, (n, 3), elements=st.integers(-8, 8).map(lambda i: i / 4)),
        hnp.arrays(np.int64, n, elements=st.integers(0, 3)),
    )
)


@settings(deadline=None, max_examples=50)
@given(sets)
def test_means_are_those_of_a_loop_whatever_the_order_and_the_names(data):
    points, labels = data
    found = prototypes(points, labels)
    assert found.labels.tolist() == sorted(set(labels.tolist()))
    for name, vector, count in zip(found.labels, found.vectors, found.counts, strict=True):
        own = [point.astype(float) for point, label in zip(points, labels, strict=True) if label == name]
        np.testing.assert_allclose(vector, sum(own) / len(own), atol=1e-12)
        assert count == len(own)
    order = np.random.default_rng(0).permutation(len(labels))
    names = np.array(["d", "c", "b", "a"])
    renamed = prototypes(points[order], names[labels][order])
    at = [renamed.labels.tolist().index(names[label]) for label in found.labels]
    np.testing.assert_allclose(renamed.vectors[at], found.vectors, atol=1e-12)


def test_scikit_learns_nearest_centroid_says_the_same():
    rng = np.random.default_rng(0)
    labels = np.array(["a", "b", "c", "d"])[np.arange(200) % 4]
    points = rng.normal(size=(200, 5)).astype(np.float32) + (np.arange(200) % 4)[:, None]
    queries = rng.normal(size=(300, 5)).astype(np.float32) + 1.5
    ours, theirs = prototypes(points, labels), NearestCentroid().fit(points.astype(float), labels)
    np.testing.assert_allclose(ours.vectors, theirs.centroids_, rtol=1e-6)
    assert ours.predict(queries).tolist() == theirs.predict(queries.astype(float)).tolist()


def test_ties_go_to_the_first_and_wrong_arguments_raise():
    found = prototypes([[1.0, 0.0], [-1.0, 0.0]], ["b", "a"])
    assert found.predict([[0.0, 3.0]]).tolist() == ["a"]
    with pytest.raises(ValueError, match="same number of dimensions"):
        found.predict([[0.0]])
    with pytest.raises(ValueError, match=r"`labels` to be \[2\]"):
        prototypes(np.eye(2), [0])
