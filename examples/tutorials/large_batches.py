# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     notebook_metadata_filter: jupytext,kernelspec,-jupytext.text_representation
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Large batches on a small machine
#
# A triplet loss looks for its negatives inside the batch. Of a thousand classes, a batch of 32 holds a handful, and
# hardly ever two that look alike: after a short while every negative is far enough, and nothing is learned any more. A
# large batch holds harder ones. This notebook shows that, and then the three things that keep large batches from
# needing a large machine: mining in **blocks of rows**, **GradCache**, and a **memory of earlier batches**.
#
# It needs `pip install "semihard[tensorflow,plots]"` (or `jax`, `torch` in the place of `tensorflow`).

# %% [markdown]
# ## Set up
#
# Keras decides on its backend when it is imported, so the choice comes before.

# %%
import contextlib
import ctypes
import gc
import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # or "jax", "torch"

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

import semihard
from semihard.data import BalancedBatches, BatchPlan
from semihard.distances import euclidean
from semihard.layers import GradCache
from semihard.losses import PairContrastiveLoss, TripletSemiHardLoss
from semihard.metrics import ActiveTriplets
from semihard.models import CrossBatchMemory

# %% tags=["parameters"]
CLASSES = 200  # to train on, and half as many to test
EPOCHS = 4
BATCHES = [32, 128, 512]
LARGE = 4096  # the batch whose memory is measured
PICTURES = 2048  # the same for GradCache
MEMORY = 2048
RATE = 1e-3

# %% [markdown]
# ## Data
#
# Leaves, made by a program: a class is an outline, of a few waves around a circle, and a sample is that outline turned,
# moved and scaled a little, in noise. There can be as many classes as we like, and two of them can be very alike.


# %%
def leaves(classes: int, samples: int, seed: int, side: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Pictures, float32 [classes * samples, side, side, 1] from 0 to 1, and the class of each."""
    rng = np.random.default_rng(seed)
    waves, n = np.arange(2, 7), classes * samples
    heights = np.repeat(rng.normal(size=(classes, 5)) * 0.35 / waves, samples, axis=0)
    phases = np.repeat(rng.uniform(0, 2 * np.pi, (classes, 5)), samples, axis=0)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].reshape(2, -1)
    y, x = y + rng.normal(size=(n, 1)) * 0.06, x + rng.normal(size=(n, 1)) * 0.06
    angles = np.arctan2(y, x) + rng.normal(size=(n, 1)) * 0.2
    outline = np.full(angles.shape, 0.6)
    for i, wave in enumerate(waves):
        outline += 0.6 * heights[:, i, None] * np.cos(wave * angles + phases[:, i, None])
    outline *= rng.uniform(0.9, 1.1, (n, 1))
    pictures = 1 / (1 + np.exp(-15 * (outline - np.hypot(y, x)))) + rng.normal(size=angles.shape) * 0.1
    return pictures.clip(0, 1).reshape(n, side, side, 1).astype("float32"), np.repeat(np.arange(classes), samples)


images, labels = leaves(CLASSES, 8, seed=0)
test_images, test_labels = leaves(CLASSES // 2, 8, seed=1)
print("train", images.shape, "test", test_images.shape, "of other classes")

# %% tags=["active-ipynb"]
# rows = [np.hstack(images[8 * c : 8 * c + 6, ..., 0]) for c in range(3)]
# _ = plt.figure(figsize=(3.6, 1.8)), plt.axis("off"), plt.imshow(np.vstack(rows), cmap="Greens")
# plt.show()

# %% [markdown]
# ## What a larger batch brings
#
# The same small model is trained with batches of 32 to 512 pictures, always 4 of a class (a `BatchPlan` sees to it),
# and always for as many passes over the data: the larger the batch, the fewer the steps. `ActiveTriplets` counts which
# share of the triplets still costs something, that is, still teaches.


# %%
def new_encoder(filters: int = 16) -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input(images.shape[1:]),
            layers.Conv2D(filters, 3, strides=2, activation="relu"),
            layers.Conv2D(2 * filters, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(64),
            layers.UnitNormalization(),
        ]
    )


def train(model: keras.Model, batch: int, rate: float, **compiled: object) -> dict[str, list[float]]:
    plan = BatchPlan(labels, classes_per_batch=batch // 4, samples_per_class=4, seed=0)
    batches = BalancedBatches(images, plan)
    model.compile(keras.optimizers.Adam(rate), **compiled)
    callbacks = [batches.callback]
    return model.fit(batches, epochs=EPOCHS, shuffle=False, callbacks=callbacks, verbose=0).history


def map_at_r(encoder: keras.Model) -> float:
    vectors = encoder.predict(test_images, batch_size=500, verbose=0)
    return semihard.evaluate(vectors, test_labels, resamples=0).figures["map_at_r"].value


# %%
active, reached = {}, {}
for batch in BATCHES:
    encoder = new_encoder()
    loss, metric = TripletSemiHardLoss(margin=0.2), ActiveTriplets(margin=0.2)
    history = train(encoder, batch, RATE, loss=loss, metrics=[metric])
    active[batch], reached[f"{batch}"] = history["active_triplets"], map_at_r(encoder)
    print(f"batch {batch}: {active[batch][-1]:.0%} of its triplets still teach, MAP@R {reached[f'{batch}']:.3f}")

# %% [markdown]
# ## Blocks of rows
#
# A loss over pairs compares all with all. Written down as one product, that is a matrix of batch × batch numbers, and
# several more for what is mined in it; TensorFlow Addons even made one of batch² × batch. The triplet losses here
# compare a block of anchors at a time with the whole batch, and forget it. How many rows a block has is chosen by
# itself; `block_size` sets it. The value is the same, and so is the time: it still grows with the square of the batch.
#
# A `distance_metric` of your own has all distances made at once, which is how to see the difference:


# %%
def peak(step: Callable[..., object], *inputs: np.ndarray) -> tuple[object, float]:
    """What a step returns, and the megabytes that it takes beyond what is held before it. Linux only; NaN elsewhere."""
    status, start = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not start.exists():
        return step(*inputs), float("nan")

    def held(name: str) -> int:
        return int(status.read_text().split(f"{name}:")[1].split()[0])

    gc.collect()
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)  # what was freed goes back to the system
    start.write_text("5")  # the high-water mark begins anew
    before = held("VmRSS")
    result = step(*inputs)
    return result, (held("VmHWM") - before) / 1000


points = np.random.default_rng(0).normal(size=(LARGE, 64)).astype("float32")
four_of_each = np.arange(LARGE) // 4
ways = {"32 rows at a time": {"block_size": 32}, "512 rows at a time": {"block_size": 512}}
ways["all distances at once"] = {"distance_metric": lambda embeddings: euclidean(embeddings)}
for name, options in ways.items():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(64), layers.UnitNormalization()])
    model.compile("sgd", loss=TripletSemiHardLoss(**options))
    value, taken = peak(model.train_on_batch, points, four_of_each)
    print(f"{name}: loss {value:.5f}, {taken:,.0f} MB")
print(f"one matrix of {LARGE:,} x {LARGE:,}: {4 * LARGE**2 / 1e6:,.0f} MB")

# %% [markdown]
# ## GradCache: activations a chunk at a time
#
# Blocks spare the memory of the loss. What the model itself keeps for the gradient, all activations of all samples, is
# often far more. `GradCache` embeds the batch a chunk at a time, forgets the activations, and computes each chunk again
# when the gradient comes back. The loss sees the whole batch, and the gradient is the same; it costs a second forward
# pass. The layer goes around the encoder, and `fit` needs nothing else.

# %%
pictures, kinds = leaves(PICTURES // 4, 4, seed=2)
after = {}
for name, chunks in {"in 16 chunks": 16, "whole": None}.items():
    encoder = new_encoder(filters=64)
    model = encoder if chunks is None else keras.Sequential([keras.Input(images.shape[1:]), GradCache(encoder, chunks)])
    model.compile(keras.optimizers.SGD(0.1), loss=TripletSemiHardLoss(margin=0.2))
    _, taken = peak(model.train_on_batch, pictures, kinds)
    print(f"{name}: {taken:,.0f} MB")
    after[name] = encoder.get_weights()
ways = list(zip(new_encoder(filters=64).get_weights(), *after.values(), strict=True))
moved = max(np.abs(whole - start).max() for start, _, whole in ways)
apart = max(np.abs(whole - chunked).max() for _, chunked, whole in ways)
print(f"the step moved weights by up to {moved:.0e}; with and without chunks they differ by {apart:.0e} at most")

# %% [markdown]
# ## CrossBatchMemory: the batches before
#
# Where a batch cannot grow at all, it can be compared with those before it: their embeddings are kept, as further
# negatives and positives without a gradient. They were made by slightly older weights, so it is an approximation, good
# as long as embeddings move slowly; `warmup` leaves the memory unused in the first steps, when they do not. It takes a
# loss over pairs. `encoder` is the model to keep.

# %%
small = BATCHES[0]
for size in (0, MEMORY):
    encoder = new_encoder()
    model = CrossBatchMemory(encoder, size=size, warmup=100) if size else encoder
    train(model, small, RATE, loss=PairContrastiveLoss(negative_margin=0.5))
    name = f"{small} + {size:,} remembered" if size else f"{small}, over pairs"
    reached[name] = map_at_r(encoder)
    print(f"{name}: MAP@R {reached[name]:.3f}")

# %% [markdown]
# ## What it came to
#
# Figures of classes that no model was trained on. The first bars were trained with semi-hard triplets, the last two
# with one loss over pairs, in the smallest batches, without and with a memory.
#
# The larger the batch, the more of its triplets still teach. That is no promise of better figures: for as many passes
# over the data the largest batch takes a sixteenth of the steps of the smallest, and in so short a training the batch
# in the middle came out first. And the memory cost more than it brought here, for in the first two hundred steps
# embeddings move fast, and what is remembered is soon wrong. It is for long trainings with slow steps. Judge each by
# the figure at the end, on classes that were not seen.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for batch, shares in active.items():
    left.plot(range(1, len(shares) + 1), shares, "o-", label=f"batches of {batch}")
left.set(xlabel="epochs", ylabel="share", title="Triplets that still teach", ylim=(0, 1))
left.legend()
right.bar_label(right.barh(list(reached), list(reached.values()), color="tab:blue"), fmt="{:.3f}", padding=2)
right.set(title="MAP@R of unseen classes", xlim=(0, 1.2 * max(reached.values())))
right.invert_yaxis()
plt.show()

# %% [markdown]
# ## What comes next
#
# * Both layers in full, and how they combine: [large batches](../../docs/large_batches.md).
# * What mining costs as batches grow: [cost](../../docs/cost.md). A batch of 65,536 was
#   [measured](../../docs/benchmarks/large_batch.md).
# * Harder batches instead of larger ones: [classes that are confused](../../docs/batches.md#classes-that-are-confused).
# * More devices: [several devices](several_devices.ipynb).
