"""Worker: trains a linear head on features by the losses of one side, all of them in this one loop on PyTorch.

Takes the side's name as its argument. A side is `make(name, options, task)`, which returns a function
(embeddings, labels) → loss and its class vectors, a list of tensors.
"""

import importlib
import math
import sys
import time

import numpy as np
import torch

from benchmarks.harness.serve import serve
from benchmarks.reality_check.definitions import LOSSES
from benchmarks.reality_check.task import Task


class Loop:
    """The features and the batches of a seed, and every loss of the side."""

    def __init__(self, side):
        self.side = side
        self.make = importlib.import_module(
            f"benchmarks.reality_check.{'ours' if side == 'ours' else f'peer_{side}'}"
        ).make
        torch.set_num_threads(1)

    def load(self, features, plan):
        """Read features float32 [copies + 1, images, width] and what `prepare` planned for a seed."""
        self.features = np.load(features, mmap_mode="r")
        with np.load(plan) as planned:
            self.plan = {name: planned[name] for name in planned.files}

    def train(self, loss, setting, weights):
        """Train with one setting, write kernel and bias [width + 1, dim]; return seconds of the CPU, and the loss."""
        plan = self.plan
        kernel = torch.from_numpy(plan["kernel"].copy()).requires_grad_()
        bias = torch.zeros(kernel.shape[1], requires_grad=True)
        task = Task(len(plan["superclasses"]), plan["superclasses"], kernel.shape[1], int(plan["seed"]))
        torch.manual_seed(task.seed)
        function, vectors = self.make(loss, setting["options"], task)
        rates = [setting["rate"], setting["rate"] * setting["factor"]]
        groups = [{"params": [kernel, bias], "lr": rates[0]}, {"params": vectors, "lr": rates[1]}]
        optimizer = torch.optim.Adam([group for group in groups if group["params"]])
        unit = self.side not in LOSSES[loss].raw
        begin, steps = time.process_time(), len(plan["batches"])
        for step, (copies, places) in enumerate(zip(plan["copies"], plan["batches"], strict=True)):
            for group, rate in zip(optimizer.param_groups, rates, strict=False):
                group["lr"] = rate * (0.5 + 0.5 * math.cos(math.pi * step / steps))
            embeddings = torch.from_numpy(self.features[copies, places]) @ kernel + bias
            if unit:
                embeddings = torch.nn.functional.normalize(embeddings, dim=1)
            value = function(embeddings, torch.from_numpy(plan["codes"][places]))
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
        seconds = time.process_time() - begin
        np.save(weights, torch.cat([kernel, bias[None]]).detach().numpy())
        return {"seconds": seconds, "loss": float(value.detach())}


if __name__ == "__main__":
    loop = Loop(sys.argv[1])
    serve({"load": loop.load, "train": loop.train})
