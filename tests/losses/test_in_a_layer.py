"""A loss inside of a model, with the labels as an input: `add_loss`, as many public projects train."""

import keras
import numpy as np
import pytest

from tests.losses.contracts import BATCH, CASES, EMBEDDINGS, SIMILARITIES, SIMILARITIES_OF_MANY


class AddLoss(keras.layers.Layer):
    def __init__(self, loss, of_similarities, **kwargs):
        super().__init__(**kwargs)
        self.loss, self.of_similarities = loss, of_similarities

    def call(self, labels, x):
        self.add_loss(self.loss(labels, x @ keras.ops.transpose(x) if self.of_similarities else x))
        return x


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.loss.__name__)
def test_add_loss_in_a_functional_model(case):
    """Keras infers its shapes on JAX with a symbolic batch, which no program may compare or divide."""
    (y, predicted), (_, points) = case.inputs.of("usual"), EMBEDDINGS.of("usual")
    of_similarities = case.inputs in (SIMILARITIES, SIMILARITIES_OF_MANY)
    x = points if of_similarities else predicted
    loss = case.loss(**case.options)
    inputs = [keras.Input(x.shape[1:]), keras.Input(y.shape[1:], dtype="int32")]
    model = keras.Model(inputs, AddLoss(loss, of_similarities)(inputs[1], inputs[0]))
    model.compile("sgd")
    found = model.evaluate([x, y], batch_size=BATCH, verbose=0)
    np.testing.assert_allclose(found, float(loss(y, predicted)), rtol=1e-5)
