"""Train on several processes of JAX exactly as on one: each has a share of every balanced batch.

    python examples/replicas_jax.py --processes 2              # starts both, on this machine
    python examples/replicas_jax.py                            # one process: the same weights

    # or one on each machine, with the first one's address:
    python examples/replicas_jax.py --address 10.0.0.1:8476 --processes 2 --process 0

A process gets whole classes of each batch (`plan.shard`). Its rows become a part of one array of all devices, and a
program of JAX computes with that whole array: the loss needs no option, and mines over all processes.
"""

import argparse
import os
import socket
import subprocess
import sys

os.environ["KERAS_BACKEND"] = "jax"

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--images", type=int, default=10_000, help="of the training digits (10,000)")
parser.add_argument("--epochs", type=int, default=2, help="passes over them (2)")
parser.add_argument("--weights", help="file for the weights, .npz")
parser.add_argument("--processes", type=int, default=1, help="how many there are (1)")
parser.add_argument("--process", type=int, help="which this one is; without it all are started here")
parser.add_argument("--address", help="host:port of process 0; without it a free port of this machine")
arguments = parser.parse_args()

if arguments.processes > 1 and arguments.process is None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    line = [sys.executable, *sys.argv, "--address", address, "--process"]
    started = [subprocess.Popen([*line, str(process)]) for process in range(arguments.processes)]
    sys.exit(max(process.wait() for process in started))
if arguments.processes > 1:  # before Keras is imported, which asks JAX for its devices
    jax.config.update("jax_cpu_collectives_implementation", "gloo")  # CPUs need it; a newer JAX takes it by itself
    jax.distributed.initialize(arguments.address, arguments.processes, arguments.process)

import keras

from semihard import datasets
from semihard.data import BalancedBatches, BatchPlan
from semihard.evaluation import evaluate
from semihard.losses import TripletSemiHardLoss

rank, processes = jax.process_index(), jax.process_count()
(images, labels), (test_images, test_labels) = datasets.mnist()
images, labels = images[: arguments.images], labels[: arguments.images]
plan = BatchPlan(labels, classes_per_batch=10, samples_per_class=16, seed=0)
share = BalancedBatches(images, plan.shard(rank, processes))

keras.utils.set_random_seed(0)
encoder = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
        keras.layers.Conv2D(64, 3, strides=2, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(64),
        keras.layers.UnitNormalization(),
    ]
)
loss, optimizer = TripletSemiHardLoss(margin=0.5), keras.optimizers.Adam(1e-3)
optimizer.build(encoder.trainable_variables)

devices = Mesh(np.array(jax.devices()), ("batch",))
rows, everywhere = NamedSharding(devices, PartitionSpec("batch")), NamedSharding(devices, PartitionSpec())


def value_of(weights, fixed, x, y):
    embeddings, _ = encoder.stateless_call(weights, fixed, x, training=True)
    return loss(y, embeddings)


@jax.jit
def step(weights, fixed, state, x, y):
    value, gradients = jax.value_and_grad(value_of)(weights, fixed, x, y)
    return value, *optimizer.stateless_apply(state, gradients, weights)


def on_all(variables):
    return [jax.make_array_from_process_local_data(everywhere, np.asarray(variable)) for variable in variables]


weights, fixed = on_all(encoder.trainable_variables), on_all(encoder.non_trainable_variables)
state = on_all(optimizer.variables)
for epoch in range(arguments.epochs):
    losses = []
    share.set_epoch(epoch)
    for i in range(len(share)):
        x, y = (jax.make_array_from_process_local_data(rows, np.asarray(part)) for part in share[i])
        value, weights, state = step(weights, fixed, state, x[..., None], y)
        losses.append(float(value))
    if rank == 0:
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.6f}, the same on each of {processes} processes", flush=True)

if rank == 0:
    for variable, weight in zip(encoder.trainable_variables, weights, strict=True):
        variable.assign(np.asarray(weight.addressable_data(0)))
    vectors = encoder.predict(test_images[:2000, ..., None], verbose=0)
    print(f"Recall@1 of 2,000 test digits: {evaluate(vectors, test_labels[:2000]).figures['recall_at_1']:.4f}")
    if arguments.weights:
        np.savez(arguments.weights, *encoder.get_weights())
if processes > 1:
    multihost_utils.sync_global_devices("done")  # nobody leaves while another still needs it
