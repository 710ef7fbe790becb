"""Training under `tf.distribute` with two replicas, in a process of its own: devices are made before anything runs."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.distribute is TensorFlow's")

PROGRAM = """
import json, sys
import tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
import keras, numpy as np
from semihard import losses
x = np.random.default_rng(0).normal(size=(32, 8)).astype("float32")
y = np.arange(32) % 5

def model_of(loss):
    ones = keras.initializers.GlorotUniform(seed=1)
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(6, kernel_initializer=ones)])
    model.compile(keras.optimizers.SGD(0.1), loss=loss)
    return model

class Halves(keras.losses.Loss):
    def __init__(self, loss):
        super().__init__()
        self.loss = loss
    def __call__(self, y_true, y_pred, sample_weight=None):
        return (self.loss(y_true[:16], y_pred[:16]) + self.loss(y_true[16:], y_pred[16:])) / 2

found = {}
for name in sys.argv[1:]:
    loss = getattr(losses, name)()
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        two = model_of(loss)
    one = model_of(Halves(loss))
    figures = []
    for model in (two, one):
        before = model.evaluate(x, y, batch_size=32, verbose=0)
        model.fit(x, y, batch_size=32, epochs=3, shuffle=False, verbose=0)
        figures.append([before, model.get_weights()[0].tolist()])
    found[name] = figures
print(json.dumps(found))
"""
NAMES = ["MultiSimilarityLoss", "ArcFaceLoss"]


def test_two_replicas_are_the_mean_of_two_half_batches():
    """Keras builds the model with the mean of the replicas' first batches: labels that are fractions, of which nothing
    is computed. Each replica mines its own half of the batch."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *NAMES], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    for name, ((value, weights), (expected, of_halves)) in json.loads(done.stdout.splitlines()[-1]).items():
        np.testing.assert_allclose(value, expected, rtol=1e-5, err_msg=name)
        np.testing.assert_allclose(weights, of_halves, rtol=1e-4, atol=1e-5, err_msg=name)
