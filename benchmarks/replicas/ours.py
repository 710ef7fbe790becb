"""Worker: steps of the loss on a batch that several processes share, each with its part of it."""

import multiprocessing
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import distributed

from benchmarks.harness.clock import Peak
from benchmarks.harness.serve import serve
from semihard.losses import TripletSemiHardLoss

DIM = 256


def of_process(rank, processes, meeting, batch, count, answers):
    """Steps of one of the processes: what it took, what it held, and what it found."""
    torch.set_num_threads(1)
    if processes > 1:
        distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=processes)
    part = slice(rank * batch // processes, (rank + 1) * batch // processes)
    x = np.random.default_rng(0).normal(size=(batch, DIM)).astype("float32")
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    embeddings = torch.from_numpy(x[part].copy()).requires_grad_(True)
    labels = torch.from_numpy(np.random.default_rng(1).permutation(batch)[part] // 4)
    loss = TripletSemiHardLoss(cross_replica=True)
    seconds, worked = [], []
    # From the first step on, since what that holds is not given back.
    with Peak() as peak:
        for _ in range(1 + count):
            embeddings.grad = None
            start, before = time.perf_counter(), time.process_time()
            value = loss(labels, embeddings)
            value.backward()
            seconds.append(time.perf_counter() - start)
            worked.append(time.process_time() - before)
    cpu = float(np.median(worked[1:]))
    # DistributedDataParallel takes the mean of the gradients by the weights; these are by the embeddings.
    gradient = (embeddings.grad / processes).square().sum()
    if processes > 1:
        distributed.all_reduce(gradient)
        distributed.destroy_process_group()
    answers.put((float(np.median(seconds[1:])), cpu, peak.megabytes, value.item(), gradient.sqrt().item()))


def steps(processes, batch, count):
    """Seconds a step of the slowest process, the most CPU seconds and MB of one; loss and length of the gradient."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    with tempfile.TemporaryDirectory() as folder:
        given = processes, Path(folder) / "meeting", batch, count, answers
        started = [context.Process(target=of_process, args=(rank, *given)) for rank in range(processes)]
        for process in started:
            process.start()
        found = [answers.get() for _ in started]
        for process in started:
            process.join()
    seconds, cpu, megabytes, losses, gradients = zip(*found, strict=True)
    return {
        "seconds": max(seconds),
        "cpu": max(cpu),
        "peak": max(megabytes),
        "loss": losses[0],
        "gradient": gradients[0],
    }


if __name__ == "__main__":
    serve({"steps": steps})
