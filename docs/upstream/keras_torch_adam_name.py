"""A model that was compiled with Adam and saved on PyTorch cannot be loaded where PyTorch is not installed.

python keras_torch_adam_name.py
"""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

SAVE = """
import keras, sys
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.save(sys.argv[1])
"""
LOAD = """
import sys
class Missing:  # as where PyTorch is not installed
    def find_spec(self, name, *_):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
sys.meta_path.insert(0, Missing())
import keras
keras.models.load_model(sys.argv[1])
"""

with tempfile.TemporaryDirectory() as folder:
    path = str(Path(folder) / "model.keras")
    subprocess.run([sys.executable, "-c", SAVE, path], env={**os.environ, "KERAS_BACKEND": "torch"}, check=True)
    with zipfile.ZipFile(path) as file:
        optimizer = json.loads(file.read("config.json"))["compile_config"]["optimizer"]
    print("saved as:", optimizer["module"], optimizer["class_name"])
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD, path], env={**os.environ, "KERAS_BACKEND": "jax"}, capture_output=True, text=True
    )
    print("loaded on JAX without PyTorch: status", loaded.returncode)
    print(loaded.stderr.strip()[-600:])
