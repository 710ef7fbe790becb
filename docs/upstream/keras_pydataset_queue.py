"""With two workers, `fit` trains on batches 1, 2, 3, 0 of a `PyDataset` instead of 0, 1, 2, 3.

KERAS_BACKEND=torch python keras_pydataset_queue.py
"""

import threading

import keras
import numpy as np

STEPS = 4


class Counted(keras.utils.PyDataset):
    """The batch of a step holds the step, and how many times it was made until then."""

    def __init__(self):
        super().__init__(workers=2, max_queue_size=STEPS)
        self.made = [0] * STEPS
        self.lock = threading.Lock()

    def __len__(self):
        return STEPS

    def __getitem__(self, step):
        with self.lock:
            self.made[step] += 1
            return np.full((1, 2), (step, self.made[step]), "float32"), np.zeros((1, 1), "float32")


class Seen(keras.Sequential):
    def train_step(self, data):
        self.seen.append(keras.ops.convert_to_numpy(data[0])[0].astype(int).tolist())
        return super().train_step(data)


for built in (False, True):
    data, model = Counted(), Seen([keras.layers.Dense(1)])
    model.seen = []
    if built:
        model.build((None, 2))
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(data, epochs=2, shuffle=False, verbose=0)
    print("built before `fit`:", built)
    print("  epoch 1, [step, times made]:", model.seen[:STEPS])
    print("  epoch 2, [step, times made]:", model.seen[STEPS:])
