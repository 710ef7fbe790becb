"""k-means against the labels: known answers, and one call of scikit-learn by hand."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score

from semihard.evaluation import clustering


def blobs(spread):
    rng = np.random.default_rng(0)
    labels = np.arange(5).repeat(40)
    return rng.normal(size=(5, 8))[labels] + spread * rng.normal(size=(200, 8)), labels


def test_separate_classes_agree_fully_under_any_names():
    points, labels = blobs(0.05)
    found = clustering(points, np.array(["e", "d", "c", "b", "a"])[labels])
    assert (found.ami, found.nmi, found.clusters) == (pytest.approx(1), pytest.approx(1), 5)


def test_random_labels_have_no_ami_but_some_nmi():
    points, _ = blobs(0.5)
    found = clustering(points, np.random.default_rng(1).integers(0, 40, 200))
    assert abs(found.ami) < 0.1
    assert found.nmi > 0.3


def test_the_same_seed_gives_the_same_and_scikit_learn_agrees():
    points, labels = blobs(1.0)
    assert clustering(points, labels, seed=3) == clustering(points, labels, seed=3)
    by_hand = KMeans(5, n_init=3, random_state=3).fit_predict(points)
    assert clustering(points, labels, seed=3).ami == pytest.approx(adjusted_mutual_info_score(labels, by_hand))


def test_wrong_arguments_raise():
    with pytest.raises(ValueError, match="at most one cluster"):
        clustering([[0.0], [1.0]], [0, 1], clusters=3)
    with pytest.raises(ValueError, match="finite"):
        clustering([[np.nan], [1.0]], [0, 1])
