import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.data import BatchPlan, preflight


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=9), st.integers(1, 9))
def test_against_every_batch_there_is(labels, size):
    """All C(n, size) batches, one by one."""
    size = min(size, len(labels))
    pairs = [
        sum(batch.count(label) - 1 for label in batch) for batch in map(list, itertools.combinations(labels, size))
    ]
    found = preflight(labels, size)
    assert len(pairs) == math.comb(len(labels), size)
    assert found.positive_pairs == pytest.approx(np.mean(pairs))
    assert found.negatives == pytest.approx(size - 1 - np.mean(pairs) / size)
    assert found.no_positive_pair == pytest.approx(np.mean(np.equal(pairs, 0)), abs=1e-12)


@pytest.mark.parametrize(("classes", "expected"), [(100, 0.004), (1000, 0.609), (10_000, 0.956)])
def test_batches_of_32_against_simulation(classes, expected):
    """With 10 samples a class; 4,000 batches drawn at random agree within four standard errors."""
    labels = np.arange(classes).repeat(10)
    found = preflight(labels, 32)
    rng = np.random.default_rng(0)
    drawn = np.mean([len(set(labels[rng.choice(len(labels), 32, replace=False)])) == 32 for _ in range(4000)])
    assert found.no_positive_pair == pytest.approx(drawn, abs=4 * np.sqrt(drawn * (1 - drawn) / 4000) + 1e-3)
    assert found.no_positive_pair == pytest.approx(expected, abs=0.03)


def test_large_batches_do_not_overflow():
    found = preflight(np.arange(20_000), 2048)
    assert found.no_positive_pair == pytest.approx(1.0)
    assert found.lonely_classes == 20_000
    assert found.suggestion is None
    assert "nothing can be learned" in str(found)


def test_a_plan_has_what_it_says():
    labels = np.arange(50).repeat(8)
    plan = BatchPlan(labels, 6, 4)
    found = preflight(labels, plan=plan)
    batch = plan.codes[plan[0, 0]]
    same = batch[:, None] == batch[None]
    assert found.positive_pairs == same.sum() - len(batch)
    assert found.negatives == (~same).sum() / len(batch)
    assert found.no_positive_pair == 0


@pytest.mark.parametrize("batch_size", [8, 32, 128])
@pytest.mark.parametrize("labels", [np.arange(10).repeat(600), np.arange(1000).repeat(5), np.arange(300).repeat(2)])
def test_the_suggestion_is_a_plan(labels, batch_size):
    p, k = preflight(labels, batch_size).suggestion
    plan = BatchPlan(labels, p, k)
    assert batch_size / 2 <= plan.batch_size <= batch_size


@pytest.mark.parametrize("options", [{}, {"batch_size": 4, "plan": BatchPlan([0, 0, 1, 1], 2, 2)}, {"batch_size": 9}])
def test_wrong_options_raise(options):
    with pytest.raises(ValueError, match="Expected"):
        preflight([0, 0, 1, 1], **options)
