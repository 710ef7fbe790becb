"""Train one step with a loss, save, load, and compare: what every loss class must survive."""

import keras
import numpy as np


def saved_and_loaded(model: keras.Model, loss, x, y: np.ndarray, path, jit=False) -> keras.Model:
    """The model after a step, once through `save` and `load_model`; its loss and figures are those from before."""
    model.compile(keras.optimizers.SGD(0.01), loss=loss, jit_compile=jit)
    model.fit(x, y, batch_size=len(y), epochs=1, verbose=0)
    before = model.evaluate(x, y, batch_size=len(y), verbose=0)
    model.save(path / "model.keras")
    again = keras.models.load_model(path / "model.keras")
    assert type(again.loss) is type(loss)
    assert again.loss.get_config() == loss.get_config()
    np.testing.assert_allclose(again.evaluate(x, y, batch_size=len(y), verbose=0), before, rtol=1e-5)
    return again
