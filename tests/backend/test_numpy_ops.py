"""NumPy's words mean what those of `keras.ops` mean, in the dtype of the array."""

import numpy as np
import pytest
from keras import ops

from semihard import backend, distances
from semihard.backend import numpy_ops
from semihard.mining import costs

X = np.array([[-80.0, -1.5, -0.0, 0.0], [0.25, 2.0, 70.0, np.nan]], np.float32)
WORDS = {
    "maximum": lambda ops, x: ops.maximum(x, 0.5),
    "ones_like": lambda ops, x: ops.ones_like(x),
    "zeros_like": lambda ops, x: ops.zeros_like(x),
    "sqrt": lambda ops, x: ops.sqrt(ops.maximum(x, 0.5)),
    "sum": lambda ops, x: ops.sum(x, axis=0),
    "where": lambda ops, x: ops.where(x > 0, x, ops.zeros_like(x)),
    "cast": lambda ops, x: ops.cast(x > 0, "float32"),
    "shape": lambda ops, x: ops.shape(x),
    "log_sigmoid": lambda ops, x: ops.log_sigmoid(x),
    "sigmoid": lambda ops, x: ops.sigmoid(x),
}


def same(found, expected):
    assert isinstance(found, np.ndarray | np.generic | tuple)
    np.testing.assert_allclose(found, ops.convert_to_numpy(expected), rtol=1e-5)
    assert np.asarray(found).dtype == ops.convert_to_numpy(expected).dtype


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize(
    "word", [word for word in vars(numpy_ops) if not word.startswith("_") and word not in ("Any", "np")]
)
def test_each_word(word):
    """All of them: a new one without a case is a `KeyError`."""
    use = WORDS[word]
    same(use(backend.array_namespace(X), X), use(backend.ops, ops.convert_to_tensor(X)))


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("cost", [costs.hinge_and_slope, costs.hinge_and_open_slope, costs.softplus_and_slope])
def test_costs(cost):
    for found, expected in zip(cost(X), cost(ops.convert_to_tensor(X)), strict=True):
        same(found, expected)


@pytest.mark.parametrize("metric", [distances.EUCLIDEAN, distances.SQUARED_EUCLIDEAN, distances.COSINE])
def test_metrics(metric):
    rows = np.array([[1.0, 2.0], [1.0, 2.0], [0.0, -3.0]], np.float32)
    products, norms, weights = rows @ rows.T, (rows**2).sum(axis=1), np.arange(9, dtype="float32").reshape(3, 3)
    tensors = [ops.convert_to_tensor(x) for x in (products, norms, weights)]
    matrix, expected = metric.of_products(products, norms, norms), metric.of_products(tensors[0], *tensors[1:2] * 2)
    same(matrix, expected)
    same(metric.scaled(weights, matrix), metric.scaled(tensors[2], expected))
