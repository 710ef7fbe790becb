"""Train on several processes of TensorFlow exactly as on one: each has a share of every balanced batch.

    python examples/replicas_tensorflow.py --processes 2              # starts both, on this machine
    python examples/replicas_tensorflow.py                            # one process: the same weights

On several machines start it on each with `TF_CONFIG` set, as tf.distribute.MultiWorkerMirroredStrategy reads it. A
process gets whole classes of each batch (`plan.shard`); `cross_replica=True` compares its samples with those of all
processes; the optimizer adds up the gradients.
"""

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--images", type=int, default=10_000, help="of the training digits (10,000)")
parser.add_argument("--epochs", type=int, default=2, help="passes over them (2)")
parser.add_argument("--weights", help="file for the weights, .npz")
parser.add_argument("--processes", type=int, default=1, help="how many there are (1)")
arguments = parser.parse_args()

if arguments.processes > 1 and "TF_CONFIG" not in os.environ:
    with contextlib.ExitStack() as free:
        ports = [free.enter_context(socket.socket()) for _ in range(arguments.processes)]
        for port in ports:
            port.bind(("127.0.0.1", 0))
        workers = [f"127.0.0.1:{port.getsockname()[1]}" for port in ports]
    configs = [{"cluster": {"worker": workers}, "task": {"type": "worker", "index": i}} for i in range(len(workers))]
    line = [sys.executable, *sys.argv]
    started = [subprocess.Popen(line, env={**os.environ, "TF_CONFIG": json.dumps(config)}) for config in configs]
    sys.exit(max(process.wait() for process in started))

import keras
import numpy as np
import tensorflow as tf

from semihard import datasets
from semihard.data import BalancedBatches, BatchPlan
from semihard.evaluation import evaluate
from semihard.losses import TripletSemiHardLoss

together = "TF_CONFIG" in os.environ
strategy = tf.distribute.MultiWorkerMirroredStrategy() if together else tf.distribute.get_strategy()
processes = strategy.num_replicas_in_sync
rank = strategy.cluster_resolver.task_id if together else 0

(images, labels), (test_images, test_labels) = datasets.mnist()
images, labels = images[: arguments.images], labels[: arguments.images]
plan = BatchPlan(labels, classes_per_batch=10, samples_per_class=16, seed=0)
share = BalancedBatches(images, plan.shard(rank, processes))

keras.utils.set_random_seed(0)
with strategy.scope():
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
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(encoder.trainable_variables)
loss = TripletSemiHardLoss(margin=0.5, cross_replica=True)


@tf.function
def step(x, y):
    def of_replica(x, y):
        with tf.GradientTape() as tape:
            value = loss(y, encoder(x, training=True))
        optimizer.apply(tape.gradient(value, encoder.trainable_variables))
        return value * processes  # by which Keras has divided it, since the optimizer adds up the gradients

    return strategy.experimental_local_results(strategy.run(of_replica, (x, y)))[0]


for epoch in range(arguments.epochs):
    losses = []
    share.set_epoch(epoch)
    for i in range(len(share)):
        x, y = share[i]
        losses.append(float(step(tf.constant(x[..., None]), tf.constant(y))))
    if rank == 0:
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.6f}, the same on each of {processes} processes", flush=True)

if rank == 0:
    vectors = np.asarray(encoder(test_images[:2000, ..., None].astype("float32")))
    print(f"Recall@1 of 2,000 test digits: {evaluate(vectors, test_labels[:2000]).figures['recall_at_1']:.4f}")
    if arguments.weights:
        np.savez(arguments.weights, *encoder.get_weights())
