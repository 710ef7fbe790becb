"""`keras.ops.matmul` of two float64 tensors is float32 on PyTorch.

KERAS_BACKEND=torch python keras_torch_matmul_float64.py
"""

import keras
import numpy as np

keras.config.set_floatx("float64")
x = keras.ops.convert_to_tensor(np.array([[1.0 + 2.0**-40]]))
one = keras.ops.ones((1, 1), "float64")
for name, product in (
    ("ops.matmul", keras.ops.matmul(x, one)),
    ("the operator @", x @ one),
    ("ops.multiply", keras.ops.multiply(x, one)),
):
    print(
        f"{name}: {keras.backend.standardize_dtype(product.dtype)}, 1 + 2**-40 less 1 is {float(product[0, 0]) - 1.0}"
    )
