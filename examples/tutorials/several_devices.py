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
# # Several devices that train as one
#
# On several devices each has a copy of the model, a *replica*, and a part of every batch; the gradients are averaged,
# and the copies stay equal. For a loss over single samples, such as cross-entropy, that is the same as one device with
# the whole batch. For a loss over pairs it is not: a replica that looks only at its own part never compares a sample
# with those of the others. Two devices with half of a batch each have less than half of its negatives.
#
# `cross_replica=True` lets each replica compare its samples with those of all. This notebook trains a model three times
# from the same weights, on the same batches, and compares what comes out: one device; two that share each batch with
# `cross_replica=True`; two that look at their own halves only.
#
# It needs `pip install "semihard[torch,plots]"` (or `tensorflow`, `jax` in the place of `torch`), and no second device:
# two processes of one processor, or two devices that a backend makes up, do the same arithmetic.

# %% [markdown]
# ## Set up
#
# How many devices there are is asked for once, before anything runs on them. JAX and TensorFlow can divide a processor
# into two.

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "torch")  # or "tensorflow", "jax"
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"  # read by JAX

import inspect
import subprocess
import sys
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

import semihard
from semihard.data import BalancedBatches, BatchPlan, BatchSampler
from semihard.datasets import mnist
from semihard.losses import TripletSemiHardLoss

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], halves)

# %% tags=["parameters"]
EPOCHS = 2
TRAIN_DIGITS = 4_000
TEST_DIGITS = 2_000

# %% [markdown]
# ## Batches, and who gets what
#
# A plan makes batches of 10 digits with 8 pictures of each. `plan.shard(rank, count)` is the part of one process: whole
# classes, so that no positive pair is torn apart. What a replica misses are negatives.


# %%
def digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    images, labels = mnist()[0]
    return images[:count, ..., None] / np.float32(255), labels[:count]


def plan_of(labels: np.ndarray) -> BatchPlan:
    return BatchPlan(labels, classes_per_batch=10, samples_per_class=8, seed=0)


images, labels = digits(TRAIN_DIGITS)
plan = plan_of(labels)
for name, part in {"the batch": plan, "replica 0": plan.shard(0, 2), "replica 1": plan.shard(1, 2)}.items():
    of_batch = labels[part[0, 0]]
    same = of_batch[:, None] == of_batch
    print(f"{name}: digits {np.unique(of_batch)}, {same.sum() - len(same)} positive and {(~same).sum()} negative pairs")

# %% [markdown]
# ## The model
#
# All three trainings begin with the same weights, by the seed.


# %%
def new_encoder() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.Conv2D(32, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(32),
            layers.UnitNormalization(),
        ]
    )


# %% [markdown]
# ## PyTorch: a process for each device
#
# Each process runs the same program, with its share of the plan. `DistributedDataParallel` averages the gradients; the
# loss needs one argument. With one process, and no process group, the same function is an ordinary loop.


# %%
def loop_of_torch(count: int, epochs: int, cross_replica: bool | None) -> list[np.ndarray]:
    """The weights, flat, at the start and after each step."""
    import torch
    from torch import distributed
    from torch.nn.parallel import DistributedDataParallel
    from torch.utils.data import DataLoader, TensorDataset

    together = distributed.is_initialized()
    rank, processes = (distributed.get_rank(), distributed.get_world_size()) if together else (0, 1)
    images, labels = digits(count)
    sampler = BatchSampler(plan_of(labels).shard(rank, processes))
    loader = DataLoader(TensorDataset(torch.from_numpy(images), torch.from_numpy(labels)), batch_sampler=sampler)
    encoder = new_encoder()
    model = DistributedDataParallel(encoder) if together else encoder
    loss = TripletSemiHardLoss(margin=0.5, cross_replica=cross_replica)
    optimizer = torch.optim.SGD(encoder.parameters(), lr=0.02)
    weights = [flat(encoder)]
    for _ in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss(y, model(x)).backward()
            optimizer.step()
            weights.append(flat(encoder))
    return weights


def flat(model: keras.Model) -> np.ndarray:
    return np.concatenate([weights.ravel() for weights in model.get_weights()])


# %% [markdown]
# Processes need a program in a file, so the functions above are written into one, with a few lines that join the
# processes and save what the first of them has. `torchrun` starts it twice. (In earnest one writes the file by hand:
# [a whole script](../replicas_torch.py).)

# %%
JOIN = """
import os
os.environ["KERAS_BACKEND"] = "torch"
import sys
import keras
import numpy as np
from keras import layers
from torch import distributed
from semihard.data import BatchPlan, BatchSampler
from semihard.datasets import mnist
from semihard.losses import TripletSemiHardLoss
"""
RUN = """
distributed.init_process_group("gloo")  # "nccl", where each has a GPU
for cross_replica in (True, False):
    weights = loop_of_torch(int(sys.argv[1]), int(sys.argv[2]), cross_replica)
    if distributed.get_rank() == 0:
        np.save(f"cross_replica_{cross_replica}.npy", weights)
distributed.barrier()
distributed.destroy_process_group()
"""


def on_torch() -> dict[str, list[np.ndarray]]:
    functions = [digits, plan_of, new_encoder, loop_of_torch, flat]
    Path("replicas.py").write_text("\n\n".join([JOIN, *map(inspect.getsource, functions), RUN]))
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "replicas.py"]
    subprocess.run([*launch, str(TRAIN_DIGITS), str(EPOCHS)], check=True)
    return {
        "one device": loop_of_torch(TRAIN_DIGITS, EPOCHS, None),
        "two, cross_replica=True": list(np.load("cross_replica_True.npy")),
        "two, each for itself": list(np.load("cross_replica_False.npy")),
    }


# %% [markdown]
# ## TensorFlow and JAX: `fit` shares the batch out
#
# On TensorFlow the model is made in the scope of a `MirroredStrategy`. On JAX `keras.distribution` does the same, and a
# program of JAX sees the arrays of all devices as one: nothing is to be chosen there, and no mining is local.


# %%
def fitted(cross_replica: bool | None) -> list[np.ndarray]:
    """The same as `loop_of_torch`, by `fit`."""
    encoder = new_encoder()
    encoder.compile(
        keras.optimizers.SGD(0.02), loss=TripletSemiHardLoss(margin=0.5, cross_replica=cross_replica), jit_compile=False
    )
    # On JAX weights can be read when an epoch ends, so an epoch is one step here.
    batches = BalancedBatches(images, BatchPlan(labels, classes_per_batch=10, samples_per_class=8, seed=0, steps=1))
    weights = [flat(encoder)]
    keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: weights.append(flat(encoder)))
    callbacks = [batches.callback, keep]
    encoder.fit(batches, epochs=EPOCHS * plan.steps, shuffle=False, callbacks=callbacks, verbose=0)
    return weights


def on_tensorflow() -> dict[str, list[np.ndarray]]:
    found, strategy = {"one device": fitted(None)}, tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    for name, cross_replica in {"two, cross_replica=True": True, "two, each for itself": False}.items():
        with strategy.scope():
            found[name] = fitted(cross_replica)
    return found


def on_jax() -> dict[str, list[np.ndarray]]:
    found = {}
    for name, devices in {"one device": 1, "two, cross_replica=True": 2}.items():
        some = keras.distribution.list_devices()[:devices]
        keras.distribution.set_distribution(keras.distribution.DataParallel(devices=some, auto_shard_dataset=False))
        found[name] = fitted(None)
    return found


# %%
trained = {"torch": on_torch, "tensorflow": on_tensorflow, "jax": on_jax}[keras.backend.backend()]()

# %% [markdown]
# ## Compare
#
# How far are the weights from those of one device? And what is each model worth, on digits that none of them saw?

# %%
one = trained["one device"]
test_images, test_labels = (part[:TEST_DIGITS] for part in mnist()[1])
for name, weights in trained.items():
    model = new_encoder()
    shapes = [w.shape for w in model.get_weights()]
    ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
    model.set_weights([part.reshape(shape) for part, shape in zip(np.split(weights[-1], ends), shapes, strict=True)])
    vectors = model.predict(test_images[..., None] / np.float32(255), batch_size=500, verbose=0)
    figures = semihard.evaluate(vectors, test_labels, resamples=0).figures
    apart = np.abs(weights[-1] - one[-1]).max()
    print(f"{name}: MAP@R {figures['map_at_r'].value:.4f}, weights differ by {apart:.0e} at most")

# %% [markdown]
# The first line is the measure. Where replicas compare across, the difference is that of rounding: sums of floating
# point numbers in another order. (With larger steps or more of them it would grow all the same: as soon as rounding
# makes another negative the nearest, two trainings part, as those of two kinds of processors do.) Where each looks for
# itself it is another training from the first step on. Ten digits are learned with few negatives, too, so here the
# figures hardly suffer; of many classes hard negatives are rare, and there it costs more.

# %%
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for name, weights in list(trained.items())[1:]:
    axes.semilogy([np.abs(a - b).max() for a, b in zip(weights[1:], one[1:], strict=True)], label=name)
axes.set(xlabel="steps", ylabel="largest difference to one device", title="Weights of two replicas")
axes.legend()
plt.show()

# %% [markdown]
# ## What comes next
#
# * Whole scripts, between machines too: [PyTorch](../replicas_torch.py), [TensorFlow](../replicas_tensorflow.py),
#   [JAX](../replicas_jax.py).
# * Which losses it is for, batches that cannot be divided evenly, metrics, and who pays what: [several
#   replicas](../../docs/training.md#several-replicas). Without a choice, a loss that sees replicas warns once.
# * How the time of a step falls with the processes: [measured](../../docs/benchmarks/replicas.md).
# * Not enough devices? [Large batches](large_batches.ipynb) on one.
