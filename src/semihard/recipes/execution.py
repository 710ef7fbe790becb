"""How Keras should run the tutorial's model on each backend."""

import keras

# XLA makes this model about 25 times slower on TensorFlow's CPU; JAX cannot do without it.
JIT_COMPILE = keras.backend.backend() == "jax"
# Steps that run without returning to Python, which spares TensorFlow a tenth of the time.
STEPS_PER_EXECUTION = 25 if keras.backend.backend() == "tensorflow" else 1
