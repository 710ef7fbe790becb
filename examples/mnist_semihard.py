"""Digits that lie together because they are the same: the TensorFlow Addons tutorial on Keras 3.

Run it as a script, or cell by cell in VS Code, Spyder or Jupyter (jupytext). Needs `pip install "semihard[plots]"` and
one of tensorflow, jax and torch.
"""

# %% Settings, before Keras is imported
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # or "jax", "torch"

import keras
from keras import layers

import semihard.datasets
import semihard.evaluation
import semihard.losses
import semihard.visualization.pictures
import semihard.visualization.projector

EPOCHS = 5
keras.utils.set_random_seed(0)

# %% 70,000 digits, inside the package
(train_images, train_labels), (test_images, test_labels) = semihard.datasets._mnist()
x_train, x_test = train_images[..., None] / 255.0, test_images[..., None] / 255.0

# %% A small network whose output has length 1
model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(64, 2, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Dropout(0.3),
        layers.Conv2D(32, 2, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Dropout(0.3),
        layers.Flatten(),
        layers.Dense(256),
        layers.UnitNormalization(),
    ]
)

# %% Each digit is drawn to its own kind, away from the nearest other kind that lies farther
model.compile(
    keras.optimizers.Adam(1e-3),
    loss=semihard.losses.TripletSemiHardLoss(),
    jit_compile=keras.backend.backend() == "jax",  # on TensorFlow's CPU, XLA makes this model many times slower
)
history = model.fit(x_train, train_labels, batch_size=32, epochs=EPOCHS)
model.save("model.keras")

# %% How often is the nearest other test digit the same digit?
vectors = model.predict(x_test)
print(semihard.evaluation.evaluate(vectors, test_labels, resamples=0))

# %% Look: two pictures, and two files for https://projector.tensorflow.org
semihard.visualization.pictures._plot_training(history.history, "history.png")
semihard.visualization.pictures._plot_embedding(
    semihard.visualization.maps._reduce(vectors, progress=True), test_labels, "embedding.png", images=test_images
)
semihard.visualization.write_tsv(vectors, test_labels, ".")
