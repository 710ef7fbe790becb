"""The interval of a share: SciPy's beta distribution, and what it holds of shares that are drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binomtest

from semihard.evaluation.calibration._binomial import binomial_interval


@given(st.floats(1e-5, 1 - 1e-5), st.floats(0.3, 1e6), st.floats(0.5, 0.999))
def test_it_is_that_of_the_beta_distribution(share, searches, confidence):
    found = binomial_interval(share, np.sqrt(share * (1 - share) / searches), confidence)
    wrong, tail = share * searches, (1 - confidence) / 2
    expected = beta.ppf(tail, wrong, searches - wrong + 1), beta.ppf(1 - tail, wrong + 1, searches - wrong)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("wrong", "searches"), [(1, 50), (10, 1000), (40, 60), (99, 100)])
def test_of_independent_searches_it_is_that_of_clopper_and_pearson(wrong, searches):
    share = wrong / searches
    found = binomial_interval(share, np.sqrt(share * (1 - share) / searches), 0.9)
    expected = binomtest(wrong, searches).proportion_ci(0.9, method="exact")
    np.testing.assert_allclose(found, (expected.low, expected.high), rtol=1e-9)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.2))
def test_the_other_share_has_the_mirrored_interval(share, error):
    low, high = binomial_interval(share, error, 0.95)
    assert 0 <= low < share < high <= 1
    np.testing.assert_allclose(binomial_interval(1 - share, error, 0.95), (1 - high, 1 - low), atol=1e-9)
