"""Write saved_on_<backend>.keras and .npz for the backend in KERAS_BACKEND: once a backend when the format changes."""

from pathlib import Path

import keras
import numpy as np

from semihard.losses import TripletSemiHardLoss


def main() -> None:
    name = Path(__file__).parent / f"saved_on_{keras.backend.backend()}"
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 6)).astype(np.float32), rng.integers(0, 4, 20).astype(np.int32)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4), keras.layers.UnitNormalization()])
    # Keras saves Adam on PyTorch as a class that cannot be found where PyTorch is not installed; Lamb is one for all.
    model.compile(keras.optimizers.Lamb(), loss=TripletSemiHardLoss(0.3, "squared-L2"))
    model.fit(x, y, epochs=1, verbose=0)
    model.save(name.with_suffix(".keras"))
    loss = model.evaluate(x, y, batch_size=20, verbose=0)
    np.savez_compressed(name.with_suffix(".npz"), x=x, y=y, embeddings=model.predict(x, verbose=0), loss=loss)


# The tests import every module for its examples, and must not write the fixture that they read.
if __name__ == "__main__":
    main()
