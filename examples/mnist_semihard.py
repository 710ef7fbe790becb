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
# # Digits that lie together because they are the same
#
# This is the triplet loss tutorial of TensorFlow Addons, on Keras 3: the same model, the same loss, the same two files
# at the end, on TensorFlow, JAX or PyTorch. A small network learns to place pictures of digits so that equal digits lie
# together. Nobody tells it what a "7" is, only which pictures are of one kind.
#
# It needs `pip install "semihard[tensorflow,plots]"` (or `jax`, `torch` in the place of `tensorflow`). Nothing is
# downloaded while it runs, and on two cores of a laptop it is done in three minutes.

# %% [markdown]
# ## The loss
#
# A triplet is an anchor $a$, a positive $p$ (the same digit) and a negative $n$ (another one). It costs something until
# the negative is farther from the anchor than the positive by a margin, here 1:
#
# $$\max\bigl(0,\; d(a, p) - d(a, n) + 1\bigr)$$
#
# Which negative? The nearest of all is often a mislabeled or unreadable digit, and training on it can pull everything
# to one point; a random one is mostly far enough already and teaches nothing. *Semi-hard* mining, from the
# [FaceNet paper](https://arxiv.org/abs/1503.03832), takes the nearest of those that are farther than the positive, and
# the farthest negative where there is none. It looks for them inside each batch, so there are no pairs to prepare.

# %% [markdown]
# ## Set up
#
# Keras decides on its backend when it is imported, so the choice comes before. The seed makes the run repeatable.

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # or "jax", "torch"

import keras
import numpy as np
from keras import layers

import semihard
from semihard.datasets import mnist
from semihard.losses import TripletSemiHardLoss
from semihard.visualization import plot_embedding, reduce, write_sprite, write_tsv

keras.utils.set_random_seed(0)

# %% [markdown]
# To try something out, take fewer digits. Three epochs are enough for a good map; the tutorial of TensorFlow Addons
# takes five.

# %% tags=["parameters"]
EPOCHS = 3
TRAIN_DIGITS = 60_000
TEST_DIGITS = 10_000

# %% [markdown]
# ## Prepare the data
#
# MNIST ships inside the package. The pixels, whole numbers from 0 to 255, become numbers from 0 to 1, and get the axis
# for color channels that a convolution expects. The labels stay plain integers.

# %%
(train_images, train_labels), (test_images, test_labels) = mnist()
train_images, train_labels = train_images[:TRAIN_DIGITS], train_labels[:TRAIN_DIGITS]
test_images, test_labels = test_images[:TEST_DIGITS], test_labels[:TEST_DIGITS]

x_train = train_images[..., None] / np.float32(255)
x_test = test_images[..., None] / np.float32(255)
print("train", x_train.shape, "test", x_test.shape)

# %% [markdown]
# ## Build the model
#
# Two convolutions and one dense layer *without* an activation: its 256 numbers are the embedding, not scores of
# classes. The last layer scales each embedding to length 1, so that only directions differ and no distance can grow
# beyond 2. The old tutorial had a `Lambda` here; `UnitNormalization` does the same and is safe to save and load.

# %%
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

# %% [markdown]
# ## Train
#
# The loss takes the labels as they are. A random batch of 32 digits of ten kinds holds about 50 pairs of equal ones,
# enough to mine.
#
# Do not wait for a loss of zero: each pair meets the nearest negative beyond its positive, so that a single digit on
# the wrong side costs many pairs almost the whole margin. Judge by the evaluation below, not by the loss.

# %%
model.compile(
    keras.optimizers.Adam(1e-3),
    loss=TripletSemiHardLoss(),
    # On TensorFlow's CPU, XLA makes this model many times slower.
    jit_compile=keras.backend.backend() == "jax",
)
history = model.fit(x_train, train_labels, batch_size=32, epochs=EPOCHS, verbose=2)
model.save("model.keras")

# %% [markdown]
# ## Evaluate
#
# Embed digits that the model never saw, and ask the question the embedding is for: is the nearest *other* test digit
# the same digit? The share of yes is Recall@1. It looks at one neighbor only; MAP@R asks whether all digits of a kind
# lie together, and is the stricter judge. The intervals say how far to trust the decimals.

# %%
vectors = model.predict(x_test, batch_size=250, verbose=0)
print(semihard.evaluate(vectors, test_labels))

# %% [markdown]
# The confusions are those that people make, too: 4 and 9, 3 and 5, 7 and 2.

# %% [markdown]
# ## Files for the Embedding Projector
#
# `vecs.tsv` has one embedding a line, `meta.tsv` its label, in the same order. They are the two files that the tutorial
# of TensorFlow Addons ends with. The sprite holds the pictures, for viewers that can show them at the points.

# %%
print(*write_tsv(vectors, test_labels, "."), write_sprite(test_images, "sprite.png"))

# %% [markdown]
# ## The map
#
# UMAP lays the 256 dimensions out on a plane so that neighbors stay neighbors. Look at which clusters touch and which
# digits went astray; how far apart two separate clusters lie means nothing. This takes half a minute, a part of it to
# compile UMAP.

# %%
points = reduce(vectors, seed=0)
title = f"{len(points):,} digits the model never saw"
picture = plot_embedding(points, test_labels, "embedding.png", images=test_images, title=title)

# %% tags=["active-ipynb"]
# from PIL import Image
#
# small = Image.open(picture).convert("RGB")
# small.thumbnail((900, 900))
# small.quantize(64)  # few colors keep the notebook small

# %% [markdown]
# ## Look around in it
#
# **TensorBoard's Embedding Projector, offline.** After `pip install "semihard[tensorboard]"`, in a terminal, in the
# directory of this notebook:
#
#     semihard view . --tensorboard
#
# It opens in the browser with these embeddings loaded and a digit at each point. Choose UMAP or t-SNE on the left, and
# click on a point for its neighbors on the right.
#
# **On the web.** Open <https://projector.tensorflow.org>, click "Load" on the left, and give it `vecs.tsv` and then
# `meta.tsv`.
#
# ## What comes next
#
# * Your own pictures: put an array of them in the place of the digits, or read a folder with
#   `semihard.data.ImageFiles`. `semihard preflight photos/` says beforehand what its batches will hold.
# * Many classes, or few samples of each: a random batch may hold no pair at all. `semihard.data.BalancedBatches` makes
#   batches in which every sample has a partner.
# * The same job as one command, with its settings and figures kept: `semihard tutorial`.
# * Use the model elsewhere: `import semihard.losses`, then `keras.models.load_model("model.keras")`.
