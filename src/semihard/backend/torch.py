"""What `keras.ops` has no word for, in PyTorch's."""

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import torch

from semihard.backend import torch_ops as ops
from semihard.backend.common import ON_ACCELERATORS, Program, Tensor, scan, weighted
from semihard.backend.torch_replicas import GatherReplicas

__all__ = [
    "EXPORTS",
    "FUSES",
    "add_to_rows",
    "bitcast_float32",
    "bitcast_int32",
    "concrete_int",
    "cumsum",
    "distances_at_once",
    "fori_loop",
    "gather_replicas",
    "gather_rows",
    "host_threads",
    "integer_codes",
    "is_tensor",
    "jit",
    "off_host",
    "on_host",
    "ops",
    "products",
    "program_factory",
    "replica",
    "replicas",
    "scan",
    "scatter_add_along_rows",
    "search_rows",
    "segment_sum",
    "sort_rows",
    "sum_replicas",
    "switch",
    "take_along_rows",
    "with_gradient",
    "without_autocast",
]

EXPORTS = {"onnx": ["onnx"], "litert": ["litert_torch"]}
FUSES = False


def is_tensor(x: Any) -> bool:
    return isinstance(x, torch.Tensor | keras.KerasTensor)


def bitcast_int32(x: Tensor) -> Tensor:
    return x.view(torch.int32)


def bitcast_float32(x: Tensor) -> Tensor:
    return x.view(torch.float32)


def integer_codes(labels: Tensor) -> Tensor:
    if labels.dtype in (torch.uint64, torch.int64):
        return labels.view(torch.int64)
    if labels.dtype == torch.uint32:
        return labels.view(torch.int32)
    return labels.to(torch.int32)


def sort_rows(x: Tensor) -> tuple[Tensor, Tensor]:
    return torch.sort(x, dim=1)


def search_rows(rows: Tensor, values: Tensor, side: str) -> Tensor:
    return torch.searchsorted(rows.contiguous(), values.contiguous(), right=side == "right")


def gather_rows(x: Tensor, rows: Tensor) -> Tensor:
    return torch.index_select(x, 0, rows) if rows.ndim == 1 else x[rows]


def take_along_rows(x: Tensor, columns: Tensor) -> Tensor:
    return torch.gather(x, 1, columns.long())


def scatter_add_along_rows(total: Tensor, columns: Tensor, values: Tensor) -> Tensor:
    return total.scatter_add(1, columns.long(), values)


def cumsum(x: Tensor) -> Tensor:
    return torch.cumsum(x, dim=1)


def segment_sum(values: Tensor, targets: Tensor, rows: Any) -> Tensor:
    return add_to_rows(values.new_zeros((rows, *values.shape[1:])), targets, values)


def add_to_rows(total: Tensor, targets: Tensor, values: Tensor) -> Tensor:
    return total.index_add_(0, targets, values)


def products(anchors: Tensor, rows: Tensor, kept: list[Tensor]) -> Tensor:
    # In the memory of the last ones: the C library would give 32 MiB back, and the kernel clear each page anew.
    kept[:] = [torch.mm(anchors, rows.T, out=kept[0])] if kept else [anchors @ rows.T]
    return kept[0]


def on_host(x: Tensor) -> Any:
    # Not for subclasses: a tensor of a compiler's or of another library's has no memory of its own.
    if type(x) is not torch.Tensor or not x.is_cpu or torch.compiler.is_compiling():
        return None
    try:
        return x.detach().numpy()
    except (RuntimeError, TypeError):  # within torch.func's transforms; bfloat16, which NumPy does not know
        return None


def host_threads() -> int:
    return torch.get_num_threads()


def off_host(x: np.ndarray) -> Tensor:
    return torch.from_numpy(x)


def replicas() -> int:
    distributed = torch.distributed
    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1


def gather_replicas(x: Any) -> Any:
    if isinstance(x, torch.Tensor):
        return GatherReplicas.apply(x)
    parts: list[Any] = [None] * replicas()
    torch.distributed.all_gather_object(parts, x)
    return np.concatenate(parts)


def sum_replicas(x: Tensor) -> Tensor:
    total = x.detach().clone()
    torch.distributed.all_reduce(total)
    return total


def replica() -> int:
    return torch.distributed.get_rank()


def without_autocast(x: Tensor) -> Any:
    # A product in bfloat16 takes other negatives than one in float32 (docs/cost.md).
    kind = x.device.type if isinstance(x, torch.Tensor) else "meta"
    on = kind != "meta" and torch.is_autocast_enabled(kind)
    return torch.autocast(kind, enabled=False) if on else contextlib.nullcontext()


def distances_at_once() -> int:
    return ON_ACCELERATORS if torch.cuda.is_available() else 2**21


def concrete_int(x: Tensor) -> int | None:
    # A host read-back stalls an accelerator's queue, and breaks a graph that is being compiled.
    concrete = isinstance(x, torch.Tensor) and x.device.type == "cpu" and not torch.compiler.is_compiling()
    return int(x) if concrete else None


# Inductor would compute one distance several times, rounded differently, and equal keys would no longer be equal:
# the value stays right, the gradient does not. An operator of our own is opaque to it. Operators take tensors and
# numbers only, so that a compiled program knows ours by its number. Some derive no schema from `list[…]`.
_PROGRAMS: list[Program] = []


@torch.library.custom_op(
    "semihard::values_and_gradient",
    mutates_args=(),
    schema="(SymInt program, Tensor x, Tensor[] others) -> (Tensor, Tensor)",
)
def _values_and_gradient(
    program: int, x: torch.Tensor, others: list[torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    with without_autocast(x):
        return _PROGRAMS[program](x, None, *others)


@_values_and_gradient.register_fake
def _(program: int, x: Any, others: Any) -> Any:
    return x.new_empty(others[-1].shape[0]), torch.empty_like(x, memory_format=torch.contiguous_format)


@torch.library.custom_op(
    "semihard::weighted",
    mutates_args=(),
    schema="(SymInt program, Tensor gradient, Tensor x, Tensor[] others, Tensor upstream) -> Tensor",
)
def _weighted_operator(
    program: int, gradient: torch.Tensor, x: torch.Tensor, others: list[torch.Tensor], upstream: torch.Tensor
) -> torch.Tensor:
    with without_autocast(x):
        return weighted(_PROGRAMS[program], gradient, x, others, upstream, switch, concrete_int)


@_weighted_operator.register_fake
def _(program: int, gradient: Any, x: Any, others: Any, upstream: Any) -> Any:
    return torch.empty_like(gradient)


def _keep(ctx: Any, inputs: Any, output: Any) -> None:
    ctx.program, x, others = inputs
    ctx.save_for_backward(output[1], x, *others)


def _operator_gradient(ctx: Any, upstream: Any, _: Any) -> Any:
    gradient, x, *others = ctx.saved_tensors
    return None, _weighted_operator(ctx.program, gradient, x, others, upstream), [None for _ in others]


_values_and_gradient.register_autograd(_operator_gradient, setup_context=_keep)


class _WithGradient(torch.autograd.Function):
    """The same without the dispatch of a custom operator, which costs more than mining a small batch."""

    @staticmethod
    def forward(ctx: Any, program: Program, x: Any, *others: Any) -> Any:
        with without_autocast(x):
            values, gradient = program(x, None, *others)
        ctx.program = program
        ctx.save_for_backward(gradient, x, *others)
        return values

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, upstream: Any) -> Any:
        gradient, x, *others = ctx.saved_tensors
        if upstream.stride() == (0,):  # one number, spread by a sum or a mean: nothing has to be compared
            return None, upstream[0] * gradient, *(None for _ in others)
        with without_autocast(x):
            found = weighted(ctx.program, gradient, x, others, upstream, switch, concrete_int)
        return None, found, *(None for _ in others)


def with_gradient(program: Program, x: Tensor, *others: Tensor) -> Tensor:
    if torch.compiler.is_compiling():
        return _values_and_gradient(program, x, list(others))[0]
    return _WithGradient.apply(program, x, *others)


def program_factory(make: Callable[..., Program]) -> Callable[..., Any]:
    @torch.compiler.assume_constant_result
    def number_of(*options: Any) -> int:
        program = make(*options)
        if program not in _PROGRAMS:
            _PROGRAMS.append(program)
        return _PROGRAMS.index(program)

    return lambda *options: (number_of if torch.compiler.is_compiling() else make)(*options)


def fori_loop(rounds: Any, body: Callable[[Any, Any], Any], carry: Any) -> Any:
    for i in range(int(rounds)):
        carry = body(i, carry)
    return carry


def switch(index: Tensor, branches: Sequence[Callable[[], Any]]) -> Any:
    return branches[int(index)]()


def jit(function: Callable[..., Any], **static: Any) -> Callable[..., Any]:
    return functools.partial(function, **static)
