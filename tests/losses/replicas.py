"""A training on one device, and the same on several replicas that share each batch: what each of them ends with.

`python -m tests.losses.replicas CROSS_REPLICA CASE…` prints JSON: case → [losses, metrics and weights of one device,
those of the replicas]. It is a process of its own, because devices are made before anything runs; on PyTorch it starts
one more for each replica.
"""

import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

STEPS, RATE, CLASSES = 10, 0.02, 5
REPLICAS = 2
# The second batch of two is one that replicas cannot share evenly.
BATCH, ROWS = 32, 63
# A model, which has what is remembered among its weights; its loss is one over pairs.
MEMORY = "CrossBatchMemory"
CASES = {
    "TripletSemiHardLoss": {},
    "TripletHardLoss": {},
    "TripletLoss": {"negatives": "all", "average": "active", "margin": 0.5},
    "LiftedStructLoss": {},
    "MultiSimilarityLoss": {},
    "SupervisedContrastiveLoss": {},
    "NTXentLoss": {},
    "CircleLoss": {},
    "PairContrastiveLoss": {},
    "ProxyAnchorLoss": {},
    "MatryoshkaLoss": {"dims": [3, 6]},
    MEMORY: {},
}
# Of each row its replica has seen the weight, too.
WEIGHTED = "ProxyAnchorLoss"
# Its figures are watched, too.
WATCHED = "TripletSemiHardLoss"


def data():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(ROWS, 8)).astype("float32"), (np.arange(ROWS) % CLASSES).astype("uint8")
    return x, y, np.linspace(0.5, 1.5, ROWS).astype("float32")


def loss_of(case, cross_replica):
    from semihard import losses

    options = {**CASES[case], "cross_replica": cross_replica}
    if case == "MatryoshkaLoss":
        return losses.MatryoshkaLoss(losses.TripletSemiHardLoss(cross_replica=options.pop("cross_replica")), **options)
    return getattr(losses, "PairContrastiveLoss" if case == MEMORY else case)(**options)


def metrics_of(case, cross_replica):
    from semihard.metrics import ActiveTriplets, PositiveDistance

    kinds = [ActiveTriplets, PositiveDistance] if case == WATCHED else []
    return [kind(cross_replica=cross_replica) for kind in kinds]


def model_of(case):
    import keras

    from semihard.layers import CosineClassifier
    from semihard.models import CrossBatchMemory

    keras.utils.set_random_seed(0)
    last = [CosineClassifier(CLASSES)] if case == "ProxyAnchorLoss" else []
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(6), *last])
    return CrossBatchMemory(model, size=48) if case == MEMORY else model


def by_fit(case, cross_replica, devices):
    """The losses, metrics and weights of Keras's own `fit` on so many devices."""
    import keras

    # JAX refuses a batch that is not divisible.
    x, y, weights = (part[: -1 if keras.backend.backend() == "jax" else None] for part in data())
    with distributed_over(devices):
        model = model_of(case)
        loss, metrics = loss_of(case, cross_replica), metrics_of(case, cross_replica)
        model.compile(keras.optimizers.SGD(RATE), loss=loss, metrics=metrics, jit_compile=False)
    further = {"sample_weight": weights} if case == WEIGHTED else {}
    history = model.fit(x, y, batch_size=BATCH, epochs=STEPS // 2, shuffle=False, verbose=0, **further)
    figures = [figure for epochs in history.history.values() for figure in epochs]
    return [figures, [weight.tolist() for weight in model.get_weights()]]


@functools.cache
def strategy_of(devices):
    """One for all cases: the collective operations of another would have the same keys."""
    import tensorflow as tf

    return tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(devices)])


def distributed_over(devices):
    import contextlib

    import keras

    if keras.backend.backend() == "tensorflow":
        return strategy_of(devices).scope()
    found = keras.distribution.list_devices()[:devices]
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=found))
    return contextlib.nullcontext()


def by_hand(case, cross_replica, shares, wrap):
    """The same in a loop of PyTorch's, of these rows of each batch."""
    import torch

    given = data()
    model, loss = model_of(case), loss_of(case, cross_replica)
    called, figures, metrics = wrap(model), [], metrics_of(case, cross_replica)
    for step in range(STEPS):
        batch = range(ROWS)[BATCH * (step % 2) :][:BATCH]
        x, y, weights = (torch.from_numpy(part[batch[shares[step % 2]]]) for part in given)
        value = loss(y, called(x), weights if case == WEIGHTED else None)
        model.zero_grad()
        value.backward()
        with torch.no_grad():
            for weight in model.parameters():
                weight -= RATE * weight.grad
        for metric in metrics:
            metric.update_state(y, called(x))
        figures += [value.item(), *(float(metric.result()) for metric in metrics)]
    return [figures, [weight.tolist() for weight in model.get_weights()]]


def of_rank(rank, meeting, cross_replica, cases):
    """One process of several: its rows are fewer than those of the others, or more; or none."""
    import torch

    torch.distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=REPLICAS)
    shares = [[slice(0, 20), slice(0, 0)], [slice(20, None), slice(0, None)]][rank]
    wrap = torch.nn.parallel.DistributedDataParallel
    found = {case: by_hand(case, cross_replica, shares, wrap) for case in cases}
    torch.distributed.destroy_process_group()
    return found


def on_replicas_of_torch(cross_replica, cases):
    with tempfile.TemporaryDirectory() as folder:
        line = [sys.executable, "-m", "tests.losses.replicas", "--rank"]
        processes = [
            subprocess.Popen(
                [*line, str(rank), str(Path(folder) / "meeting"), cross_replica, *cases],
                stdout=subprocess.PIPE,
                text=True,
            )
            for rank in range(REPLICAS)
        ]
        outputs = [process.communicate()[0] for process in processes]
        if any(process.returncode for process in processes):
            sys.exit(1)
        return [json.loads(output.splitlines()[-1]) for output in outputs]


def main(how, cases):
    cross_replica, backend = json.loads(how), os.environ["KERAS_BACKEND"]
    if backend == "torch":
        first, second = on_replicas_of_torch(how, cases)
        assert {case: first[case][1] for case in cases} == {case: second[case][1] for case in cases}
        return {case: [by_hand(case, None, [slice(None)] * 2, lambda model: model), first[case]] for case in cases}
    if backend == "tensorflow":
        import tensorflow as tf

        devices = [tf.config.LogicalDeviceConfiguration()] * REPLICAS
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], devices)
    else:
        os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={REPLICAS}"
    return {case: [by_fit(case, None, 1), by_fit(case, cross_replica, REPLICAS)] for case in cases}


if __name__ == "__main__":
    if sys.argv[1] == "--rank":
        print(json.dumps(of_rank(int(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4]), sys.argv[5:])))
    else:
        print(json.dumps(main(sys.argv[1], sys.argv[2:])))
