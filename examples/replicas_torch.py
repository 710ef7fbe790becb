"""Train on several processes of PyTorch exactly as on one: each has a share of every balanced batch.

    torchrun --nproc-per-node 2 examples/replicas_torch.py
    python examples/replicas_torch.py                          # one process: the same weights

A process gets whole classes of each batch (`plan.shard`); `cross_replica=True` compares its samples with those of all
processes; DistributedDataParallel takes the mean of the gradients. Here they share a CPU (gloo); with a GPU a process,
say "nccl", and move the model and the batches to the device.
"""

import argparse
import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, TensorDataset

from semihard import datasets
from semihard.data import BatchPlan, BatchSampler
from semihard.evaluation import evaluate
from semihard.losses import TripletSemiHardLoss

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--images", type=int, default=10_000, help="of the training digits (10,000)")
parser.add_argument("--epochs", type=int, default=2, help="passes over them (2)")
parser.add_argument("--weights", help="file for the weights, .npz")
arguments = parser.parse_args()

together = "RANK" in os.environ  # which torchrun sets, with all that init_process_group asks for
if together:
    distributed.init_process_group("gloo")
rank, processes = (distributed.get_rank(), distributed.get_world_size()) if together else (0, 1)

(images, labels), (test_images, test_labels) = datasets.mnist()
images, labels = images[: arguments.images], labels[: arguments.images]
plan = BatchPlan(labels, classes_per_batch=10, samples_per_class=16, seed=0)
sampler = BatchSampler(plan.shard(rank, processes))
pixels = torch.from_numpy(images[..., None].astype("float32") / 255)
batches = DataLoader(TensorDataset(pixels, torch.from_numpy(labels)), batch_sampler=sampler)

keras.utils.set_random_seed(0)  # the same weights to begin with; DistributedDataParallel would also see to it
encoder = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
        keras.layers.Conv2D(64, 3, strides=2, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(64),
        keras.layers.UnitNormalization(),
    ]
)
model = DistributedDataParallel(encoder) if together else encoder
loss = TripletSemiHardLoss(margin=0.5, cross_replica=True)
optimizer = torch.optim.Adam(encoder.parameters(), 1e-3)

for epoch in range(arguments.epochs):
    losses = []
    for x, y in batches:
        value = loss(y, model(x))
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    if rank == 0:
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.6f}, the same on each of {processes} processes", flush=True)

if rank == 0:
    vectors = encoder.predict(test_images[:2000, ..., None].astype("float32") / 255, verbose=0)
    print(f"Recall@1 of 2,000 test digits: {evaluate(vectors, test_labels[:2000]).figures['recall_at_1']:.4f}")
    if arguments.weights:
        np.savez(arguments.weights, *encoder.get_weights())
if together:
    distributed.barrier()  # nobody leaves while another is at work
    distributed.destroy_process_group()
