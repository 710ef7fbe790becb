"""Embeddings of any kind; tensors are in tests/test_labels_of_tensors.py, which needs a backend."""

import ml_dtypes
import numpy as np
import pandas as pd
import pytest

from semihard import evaluate
from semihard._core.embeddings import checked_embeddings, embedding_array

ROWS = [[0.0, 1.0], [2.0, 3.0], [0.5, 1.5]]


@pytest.mark.parametrize(
    "embeddings",
    [
        ROWS,
        [np.array(row) for row in ROWS],
        np.array(ROWS, ml_dtypes.bfloat16),
        np.array(ROWS, object),
        pd.DataFrame(ROWS, index=[5, 5, 1]),
        pd.DataFrame(ROWS, dtype="Float64"),
        pd.DataFrame(ROWS, dtype="float32[pyarrow]"),
        [pd.Series(row) for row in ROWS],
    ],
)
def test_one_meaning(embeddings):
    found = embedding_array("embeddings", embeddings)
    assert found.dtype.kind == "f"
    np.testing.assert_array_equal(found, ROWS)
    assert evaluate(embeddings, [0, 1, 0], ks=[1], resamples=0).figures["recall_at_1"].value == 1.0


def test_integers_become_float64():
    """Unsigned ones would wrap where they are subtracted."""
    assert embedding_array("embeddings", np.array([[1, 2]], np.uint8)).dtype == np.float64


@pytest.mark.parametrize(
    ("embeddings", "error", "match"),
    [
        (pd.DataFrame({"a": [1.0, None]}, dtype="Float64"), ValueError, "NaN.*row 1"),
        (pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}), TypeError, "every place.*text"),
        ([[1.0], [2.0, 3.0]], ValueError, "unequal lengths"),
        (np.zeros(3), ValueError, r"\[n, dim\].*\(3,\)"),
        (np.zeros((0, 3)), ValueError, "at least one row"),
        (np.eye(2) * 1j, TypeError, "complex128"),
    ],
)
def test_what_is_no_embeddings(embeddings, error, match):
    with pytest.raises(error, match=match):
        checked_embeddings("embeddings", embeddings)


@pytest.mark.parametrize("labels", [np.arange(3), ["a", "b", "c"]])
def test_labels_in_the_place_of_embeddings_are_noticed(labels):
    with pytest.raises(
        (TypeError, ValueError), match=r"If these are labels, they came in the place of the embeddings\."
    ):
        embedding_array("embeddings", labels)
