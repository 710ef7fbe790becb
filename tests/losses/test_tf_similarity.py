"""What TensorFlow Similarity 0.17.1 said of a batch, and of a batch against its memory: the table of migration.md."""

import json
from pathlib import Path

import numpy as np
import pytest

from semihard import losses
from semihard.losses import Memory
from tests.programs import value_and_gradient

DATA = Path(__file__).parents[1] / "fixtures"
ARRAYS = np.load(DATA / "tf_similarity.npz")
CASES = json.loads((DATA / "tf_similarity.json").read_text())


def test_there_are_16_cases_that_differ():
    assert len(CASES) == 16
    assert len({case["value"] for case in CASES}) == 16


@pytest.mark.parametrize("case", range(len(CASES)), ids=lambda i: f"{CASES[i]['loss']}-{CASES[i]['memory']}-{i}")
def test_value_and_gradient_of_tensorflow_similarity(case):
    made = CASES[case]
    memory = Memory(ARRAYS["y first"], ARRAYS["x first"]) if made["memory"] else None
    loss = getattr(losses, made["loss"])(**made["options"])
    value, gradient = value_and_gradient(lambda x: loss(ARRAYS["y second"], x, memory=memory), ARRAYS["x second"])
    expected = ARRAYS[f"gradient {case}"]
    # Cosines there are products of what ought to be unit vectors, so that its gradient has a part along them.
    along = (ARRAYS["x second"] * expected).sum(axis=1, keepdims=True)
    if made["options"].get("distance_metric", "angular") == "angular":
        expected = expected - ARRAYS["x second"] * along
    np.testing.assert_allclose(value, made["value"], rtol=1e-5)
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-5)
