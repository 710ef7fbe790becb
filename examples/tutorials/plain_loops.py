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
# # A loop of your own: PyTorch, Lightning, JAX, TensorFlow
#
# Nothing in semihard asks for `model.fit`, nor for a model of Keras's. A loss is a function of labels and embeddings,
# a plan says which samples make a batch, and the evaluation takes arrays. So all of it goes into a training that
# exists already. Here that is plain PyTorch: a `torch.nn.Module`, a `DataLoader`, `loss.backward()`. The same in
# Lightning, JAX and TensorFlow follows below.
#
# It needs `pip install "semihard[torch,plots]"`.

# %% [markdown]
# ## Set up
#
# The losses compute with Keras's operations, which work on PyTorch's tensors if PyTorch is Keras's backend. That is
# decided when Keras is imported, so it is said before. A tensor goes in, a tensor comes out, and the gradient flows
# through; Keras is not seen again.

# %%
import os

os.environ["KERAS_BACKEND"] = "torch"

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import semihard
from semihard.data import BatchPlan, BatchSampler
from semihard.datasets import mnist
from semihard.losses import Memory, supervised_contrastive_loss, triplet_semihard_loss
from semihard.visualization import plot_neighbors

# %% tags=["parameters"]
EPOCHS = 2
TRAIN_DIGITS = 20_000
TEST_DIGITS = 5_000

# %% [markdown]
# ## Batches
#
# A triplet needs two samples of one class and one of another, all in one batch. A `BatchPlan` sees to it: each batch
# has 10 digits with 16 pictures of each. It only gives numbers of rows, from the labels; `BatchSampler` hands them to
# PyTorch's `DataLoader`, which works as ever, with workers, `pin_memory` and whatever else it can do.

# %%
(train_images, train_labels), (test_images, test_labels) = mnist()
train_images, train_labels = train_images[:TRAIN_DIGITS], train_labels[:TRAIN_DIGITS]
test_images, test_labels = test_images[:TEST_DIGITS], test_labels[:TEST_DIGITS]


def pixels(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images[:, None] / np.float32(255))


plan = BatchPlan(train_labels, classes_per_batch=10, samples_per_class=16, seed=0)
sampler = BatchSampler(plan)
digits = TensorDataset(pixels(train_images), torch.from_numpy(train_labels))
loader = DataLoader(digits, batch_sampler=sampler)

x, y = next(iter(loader))
print(x.shape, y[::16])
sampler.set_epoch(0)  # that was a look; the training begins with the same batch

# %% [markdown]
# ## The model
#
# Any module that gives [batch, dim]. Its last step scales each embedding to length 1.


# %%
class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 32, 3, stride=2),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64 * 6 * 6, 64),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(self.layers(images))


torch.manual_seed(0)
encoder = Encoder()

# %% [markdown]
# ## The loop
#
# Labels come first, as everywhere in Keras: `loss(labels, embeddings)`.

# %%
optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-3)
losses = []
for epoch in range(EPOCHS):
    for x, y in loader:
        loss = triplet_semihard_loss(y, encoder(x), margin=0.5)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f"epoch {epoch + 1}: loss {np.mean(losses[-len(loader) :]):.3f}")

# %% [markdown]
# Each pass over the loader is the next epoch of the plan, with other batches. A training that goes on after a stop
# says which one: `sampler.set_epoch(3)`.
#
# ## Evaluate
#
# The evaluation takes tensors of PyTorch as they are, on whatever device and with or without a gradient. It computes in
# NumPy, block by block, and its search is exact.

# %%
with torch.no_grad():
    vectors = encoder(pixels(test_images))
report = semihard.evaluate(vectors, torch.from_numpy(test_labels))
print(report)

# %% [markdown]
# Figures can be had by name, for a logger: each is a value with its interval.

# %%
print({name: round(figure.value, 3) for name, figure in report.figures.items()})

# %% [markdown]
# ## Two losses at once, weights, a memory
#
# What `fit` does with options is arithmetic here. A sum of two losses is a sum; one value an anchor (`reduction=None`)
# can be weighed by anything; and embeddings of earlier batches are more negatives, which get no gradient (a
# [cross-batch memory](../../docs/large_batches.md)).

# %%
x, y = next(iter(loader))
embeddings = encoder(x)

both = triplet_semihard_loss(y, embeddings) + 0.1 * supervised_contrastive_loss(y, embeddings)
each = triplet_semihard_loss(y, embeddings, reduction=None)
weighed = (each * (y != 1)).mean()  # say that the digit 1 is easy enough
older = Memory(torch.from_numpy(test_labels), vectors)
remembering = supervised_contrastive_loss(y, embeddings, memory=older)
for name, value in {"both": both, "weighed": weighed, "remembering": remembering}.items():
    print(f"{name}: {value.item():.3f}")

# %% [markdown]
# ## In PyTorch Lightning
#
# The same three pieces have their places: the sampler goes into the loader, the loss into `training_step`, and the
# evaluation to the end of the validation, for which the embeddings of all batches are kept. Lightning would replace the
# sampler where there are several processes, hence `use_distributed_sampler=False`.
#
# This notebook does without Lightning, so the block below was run elsewhere, after the cells above, with Lightning
# 2.6.6 and PyTorch 2.13.0. It ended with a MAP@R of 0.901.
#
# ```python
# import lightning
#
#
# class MetricLearning(lightning.LightningModule):
#     def __init__(self, encoder):
#         super().__init__()
#         self.encoder = encoder
#
#     def training_step(self, batch, _):
#         x, y = batch
#         loss = triplet_semihard_loss(y, self.encoder(x), margin=0.5)
#         self.log("loss", loss, prog_bar=True)
#         return loss
#
#     def on_validation_epoch_start(self):
#         self.kept = []
#
#     def validation_step(self, batch, _):
#         x, y = batch
#         self.kept.append((self.encoder(x), y))
#
#     def on_validation_epoch_end(self):
#         vectors, labels = (torch.cat(parts) for parts in zip(*self.kept))
#         if len(vectors) > 500:  # not for the few batches that Lightning tries before it trains
#             report = semihard.evaluate(vectors, labels, resamples=0)
#             self.log("map_at_r", report.figures["map_at_r"].value)
#
#     def configure_optimizers(self):
#         return torch.optim.Adam(self.parameters(), lr=1e-3)
#
#
# held_out = TensorDataset(pixels(test_images), torch.from_numpy(test_labels))
# trainer = lightning.Trainer(max_epochs=EPOCHS, use_distributed_sampler=False)
# trainer.fit(MetricLearning(Encoder()), loader, DataLoader(held_out, batch_size=500))
# print(trainer.callback_metrics["map_at_r"])
# ```
#
# With several processes each takes its part of a batch, `BatchSampler(plan.shard(rank, processes))`, and the loss is
# `TripletSemiHardLoss(margin=0.5, cross_replica=True)`: [several devices](several_devices.ipynb).

# %% [markdown]
# ## In JAX
#
# JAX wants a function of the weights. The loss is one of embeddings, inside of `jax.jit` and `jax.grad` too, whoever
# made them: Flax, Equinox, `stateless_call` of a Keras model, or two lines by hand, as here. A plan's batches are rows
# to index arrays with. (A backend is chosen once for a process; a test of this notebook runs this block on JAX.)
#
# ```python
# import os
#
# os.environ["KERAS_BACKEND"] = "jax"
#
# import jax
# import numpy as np
# import semihard
# from semihard.data import BatchPlan
# from semihard.losses import triplet_semihard_loss
#
#
# def encode(weights, images):
#     hidden = jax.nn.relu(images.reshape(len(images), -1) / 255 @ weights[0])
#     vectors = hidden @ weights[1]
#     return vectors / jax.numpy.linalg.norm(vectors, axis=1, keepdims=True)
#
#
# @jax.jit
# def step(weights, images, labels):
#     loss_of = lambda weights: triplet_semihard_loss(labels, encode(weights, images), margin=0.5)
#     loss, slopes = jax.value_and_grad(loss_of)(weights)
#     return loss, [weight - 0.1 * slope for weight, slope in zip(weights, slopes)]
#
#
# rng = np.random.default_rng(0)
# weights = [rng.normal(0, 0.05, shape).astype("float32") for shape in [(784, 256), (256, 64)]]
# plan = BatchPlan(train_labels, classes_per_batch=10, samples_per_class=16, seed=0)
# for epoch in range(EPOCHS):
#     for i in range(plan.steps):
#         rows = plan[epoch, i]
#         loss, weights = step(weights, train_images[rows], train_labels[rows])
# print(semihard.evaluate(encode(weights, test_images), test_labels))
# ```

# %% [markdown]
# ## In TensorFlow
#
# A `GradientTape` sees through the loss, with `tf.function` around the step and without.
#
# ```python
# import os
#
# os.environ["KERAS_BACKEND"] = "tensorflow"
#
# import keras
# import semihard
# import tensorflow as tf
# from semihard.data import BatchPlan
# from semihard.losses import triplet_semihard_loss
#
# layers = keras.layers
# first = [layers.Flatten(), layers.Rescaling(1 / 255), layers.Dense(256, activation="relu")]
# encoder = keras.Sequential([keras.Input((28, 28)), *first, layers.Dense(64), layers.UnitNormalization()])
# optimizer = keras.optimizers.SGD(0.1)
#
#
# @tf.function
# def step(images, labels):
#     with tf.GradientTape() as tape:
#         loss = triplet_semihard_loss(labels, encoder(images, training=True), margin=0.5)
#     optimizer.apply(tape.gradient(loss, encoder.trainable_variables), encoder.trainable_variables)
#     return loss
#
#
# plan = BatchPlan(train_labels, classes_per_batch=10, samples_per_class=16, seed=0)
# for epoch in range(EPOCHS):
#     for i in range(plan.steps):
#         rows = plan[epoch, i]
#         loss = step(tf.constant(train_images[rows]), tf.constant(train_labels[rows]))
# print(semihard.evaluate(encoder(test_images), test_labels))
# ```

# %% [markdown]
# ## Look
#
# Figures say how many are wrong; a picture says what. Each row begins with a digit that the model never saw, and shows
# its nearest neighbors: with a tick where it is the same digit.

# %%
picture = plot_neighbors(test_images, vectors, test_labels, "neighbors.png", queries=6, k=8)

# %% tags=["active-ipynb"]
# from PIL import Image
#
# small = Image.open(picture).convert("RGB")
# small.thumbnail((800, 800))
# small.quantize(32)  # few colors keep the notebook small

# %% [markdown]
# ## What comes next
#
# * Batches of confused classes, of pairs that are given, of images in a folder: [batches](../../docs/batches.md).
# * Which loss, and which pairs: [losses](../../docs/losses.md).
# * Batches larger than the memory: [large batches](large_batches.ipynb). In a loop of your own, PyTorch's
#   `torch.utils.checkpoint` around chunks of the batch does what GradCache does in `fit`.
# * Several devices, labels, half precision: [in your own script](../../docs/training.md).
# * A threshold, a gallery: [evaluation](../../docs/evaluation.md), [gallery](../../docs/gallery.md); both take these
#   embeddings.
