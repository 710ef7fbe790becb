"""Words of `keras.ops` for tensors on PyTorch, without what Keras does around each: mining is hundreds of them.

Each function takes tensors (numbers where PyTorch does) and means what the word of `keras.ops` means for them, except
that nothing is converted or promoted: both sides of a choice have one dtype, or one is a number. Keras turns float64
and a number into float32; these do not. Other words are those of `keras.ops`.
"""

from typing import Any

import torch
from keras.ops import *
from keras.ops import cast as _cast

from semihard.backend.common import Tensor

_DTYPES = {
    name: getattr(torch, name)
    for name in ("bool", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64")
}


def shape(x: Tensor) -> tuple[Any, ...]:
    return tuple(x.shape)


def cast(x: Any, dtype: Any) -> Tensor:
    dtype = _DTYPES.get(dtype, dtype)
    return x.to(dtype) if isinstance(x, torch.Tensor) else x if isinstance(x, int | float) else _cast(x, dtype)


def where(condition: Tensor, x: Any, y: Any) -> Tensor:
    return torch.where(condition, x, y)


def maximum(x: Tensor, y: Any) -> Tensor:
    return torch.maximum(x, y) if isinstance(y, torch.Tensor) else x.clamp(min=y)


def minimum(x: Tensor, y: Any) -> Tensor:
    return torch.minimum(x, y) if isinstance(y, torch.Tensor) else x.clamp(max=y)


def sum(x: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
    # PyTorch adds integers up in int64, Keras in the type they have.
    dtype = x.dtype if x.dtype != torch.bool else torch.int32
    return torch.sum(x, dtype=dtype) if axis is None else torch.sum(x, axis, keepdims, dtype=dtype)


def amax(x: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
    return torch.amax(x, () if axis is None else axis, keepdims)


def amin(x: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
    return torch.amin(x, () if axis is None else axis, keepdims)


def any(x: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
    return torch.any(x) if axis is None else torch.any(x, axis, keepdims)


def all(x: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
    return torch.all(x) if axis is None else torch.all(x, axis, keepdims)


def zeros_like(x: Tensor, dtype: Any = None) -> Tensor:
    return torch.zeros_like(x, dtype=_DTYPES.get(dtype, dtype))


def ones_like(x: Tensor, dtype: Any = None) -> Tensor:
    return torch.ones_like(x, dtype=_DTYPES.get(dtype, dtype))


def concatenate(xs: Any, axis: int = 0) -> Tensor:
    return torch.cat(tuple(xs), axis)


def reshape(x: Tensor, newshape: Any) -> Tensor:
    return x.reshape(newshape)


def transpose(x: Tensor) -> Tensor:
    return x.T


def diagonal(x: Tensor) -> Tensor:
    return x.diagonal()


def stop_gradient(x: Tensor) -> Tensor:
    return x.detach()


square, sqrt, abs, exp, log, log2, floor, round = (
    torch.square,
    torch.sqrt,
    torch.abs,
    torch.exp,
    torch.log,
    torch.log2,
    torch.floor,
    torch.round,
)
logical_and, logical_or, logical_not = torch.logical_and, torch.logical_or, torch.logical_not
