"""The batch of all processes of `torch.distributed`, in PyTorch's words."""

from typing import Any

import torch
from torch import distributed


class GatherReplicas(torch.autograd.Function):
    """Rows of all processes, in the order of their ranks; some may have fewer than others, or none.

    What all processes make of a row pulls at it: the gradients are added up. So the mean over processes that
    DistributedDataParallel takes is the gradient of the mean of their values.
    """

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        counts = [torch.empty(1, dtype=torch.int64, device=x.device) for _ in range(distributed.get_world_size())]
        distributed.all_gather(counts, torch.tensor([len(x)], dtype=torch.int64, device=x.device))
        sizes = [int(count) for count in counts]
        padded = x.new_zeros((max(sizes), *x.shape[1:]))
        padded[: len(x)] = x.detach()
        parts = [torch.empty_like(padded) for _ in sizes]
        distributed.all_gather(parts, padded)
        first = sum(sizes[: distributed.get_rank()])
        ctx.own = slice(first, first + len(x))
        return torch.cat([part[:size] for part, size in zip(parts, sizes, strict=True)])

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: torch.Tensor) -> torch.Tensor:
        total = upstream.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        return total[ctx.own]
