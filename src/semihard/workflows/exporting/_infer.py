"""Say what photographs show: python infer.py PHOTO … prints a line of JSON for each.

Needs onnxruntime, Pillow, NumPy, and of semihard what does without Keras, which need not be installed.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

from semihard.data import Preprocessing
from semihard.gallery import Gallery

if __name__ == "__main__":
    bundle = Path(__file__).resolve().parent
    preprocessing = Preprocessing.from_json(bundle / "preprocessing.json")
    session = onnxruntime.InferenceSession(bundle / "model.onnx", providers=["CPUExecutionProvider"])
    gallery = Gallery.open(bundle / "gallery") if (bundle / "gallery").is_dir() else None
    for photo in sys.argv[1:]:
        pixels = preprocessing(photo)[None].astype(np.float32)
        (vectors,) = session.run(None, {session.get_inputs()[0].name: pixels})
        found = {"photo": photo}
        if gallery is not None and gallery.threshold is not None:
            found["name"] = gallery.match(vectors).labels[0]  # None for none of these
        print(json.dumps({**found, "vector": vectors[0].tolist()}))
