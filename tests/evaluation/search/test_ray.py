"""A search on Ray finds what a search in this process finds, bit for bit. The cluster is begun once."""

import signal
import sys

import numpy as np
import pytest

from semihard._core.cluster import ray_cluster
from semihard.evaluation import evaluate, nearest_neighbors
from semihard.evaluation.search import _shards, engines


@pytest.fixture(scope="module")
def cluster():
    """One of our own, which leaves nothing behind."""
    pytest.importorskip("ray")
    before = signal.getsignal(signal.SIGTERM)
    with ray_cluster() as ray:
        assert signal.getsignal(signal.SIGTERM) is before
        yield ray
    assert not ray.is_initialized()
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.fixture
def points(monkeypatch):
    """With many ties, in four shards of 64 and three panels of 80."""
    monkeypatch.setattr(_shards, "FEWEST_ITEMS", 64)
    monkeypatch.setattr(_shards, "FEWEST_QUERIES", 80)
    return np.random.default_rng(0).integers(0, 3, (240, 4)).astype(np.float32)


def test_neighbours_are_the_same_to_the_last_bit(cluster, points):
    told = []
    options = {"k": 70, "exclude": (np.arange(240), np.arange(240)[::-1])}
    found = nearest_neighbors(
        points, points, **options, memory=1, engine="ray", progress=lambda *state: told.append(state)
    )
    assert all(map(np.array_equal, found, nearest_neighbors(points, points, **options)))
    assert told == [(80, 240), (160, 240), (240, 240)]
    assert cluster.is_initialized()  # it was there before, and stays


def test_a_report_is_the_same(cluster, points):
    labels = np.random.default_rng(1).integers(0, 30, 240)
    options = {"ks": [1, 5], "resamples": 20}
    found = evaluate(points, labels, **options, memory=1, engine="ray")
    assert found.to_dict() == evaluate(points, labels, **options).to_dict()


def test_without_ray_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("semihard._core.extras.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'Expected Ray to be installed.*pip install "semihard\[ray\]"'):
        nearest_neighbors([[1.0], [2.0]], k=1, engine="ray")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"semihard\[ray\]"), ray_cluster():
        pass


def test_an_engine_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="`engine` to be one of"):
        nearest_neighbors([[1.0], [2.0]], k=1, engine="spark")
    with pytest.raises(ValueError, match="`engine` to be one of"):
        evaluate([[1.0], [2.0]], [0, 0], engine="rey")
    with engines.running("local"):
        pass
