"""Reads the weights in a file of PyTorch without PyTorch, and without running what such a file could ask for.

`torch.save` writes a pickle, and a pickle is a program: whoever loads one with Python's `pickle` runs it. Here the few
instructions that a state dict consists of are followed one by one; at any other the file is refused.
"""

import dataclasses
import io
import math
import os
import pickletools
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

# What begins a file of PyTorch before 1.6, as a pickled number.
MAGIC = 0x1950A86A20F9469CFC6C
MOST_BYTES_OF_PICKLE = 64 * 2**20
DTYPES = {
    "torch FloatStorage": "<f4",
    "torch DoubleStorage": "<f8",
    "torch HalfStorage": "<f2",
    "torch LongStorage": "<i8",
    "torch IntStorage": "<i4",
    "torch ShortStorage": "<i2",
    "torch CharStorage": "<i1",
    "torch ByteStorage": "<u1",
    "torch BoolStorage": "?",
}
DICT, TENSOR, PARAMETER = (
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
)
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
LITERALS = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE"}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


@dataclasses.dataclass(frozen=True)
class _Global:
    """A name that the file wants from Python: it stays a name."""

    name: str


@dataclasses.dataclass(frozen=True)
class _Storage:
    """Numbers in a row, elsewhere in the file."""

    dtype: str
    key: str
    count: int


@dataclasses.dataclass(frozen=True)
class _Tensor:
    """How a tensor lies in a storage; places are counted in elements."""

    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


class _Refused(ValueError):
    """Why a file is not read."""


_MARK = object()
Arrays = dict[str, np.ndarray[Any, Any]]


def read_state_dict(path: str | os.PathLike[str]) -> Arrays:
    """Return the tensors of a state dict that `torch.save` wrote, by name, as arrays of their shape and dtype.

    Both formats are read: the zip of PyTorch 1.6 and later, and the one before. Nothing in the file is run.

    Args:
        path: of a file, often .pt or .pth, with a mapping from names to tensors and nothing else.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: another kind of file, a truncated one, a pickle that asks for anything but tensors, or a dtype that
            NumPy has not, as bfloat16.

    Example:
        >>> read_state_dict("weights.pt")
        Traceback (most recent call last):
        FileNotFoundError: Expected a file of PyTorch. Received: weights.pt, which is not there.

    Source:
        The layout: torch/serialization.py of PyTorch 2.6. The instructions: pickletools of Python.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"Expected a file of PyTorch. Received: {path}, which is not there.")
    try:
        found, numbers = _of_zip(path) if zipfile.is_zipfile(path) else _of_older(path.read_bytes())
        if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
            raise _Refused("something else than a mapping from names to tensors")
        odd = next((name for name, tensor in found.items() if not isinstance(tensor, _Tensor)), None)
        if odd is not None:
            raise _Refused(f"{odd!r}, which is no tensor; save model.state_dict() alone")
        read = {storage: numbers(storage) for storage in {tensor.storage for tensor in found.values()}}
        return {name: _array(name, tensor, read[tensor.storage]) for name, tensor in found.items()}
    except _Refused as error:
        raise ValueError(
            f"Expected weights in {path}, a state dict as torch.save writes it. Received: {error}. "
            "Nothing of it was run."
        ) from None
    # What the modules zipfile and pickletools raise for broken files; or an empty stack.
    except (ValueError, LookupError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"Expected weights in {path}, a state dict as torch.save writes it. Received: another kind of file, or a "
            f"broken one ({error})."
        ) from error


def _of_zip(path: Path) -> tuple[Any, Callable[[_Storage], np.ndarray[Any, Any]]]:
    with zipfile.ZipFile(path) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        pickles = [name for name in sizes if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise _Refused("a zip without the file data.pkl")
        if sizes[pickles[0]] > MOST_BYTES_OF_PICKLE:
            raise _Refused(f"a data.pkl of {sizes[pickles[0]]} bytes")
        folder = pickles[0].removesuffix("data.pkl")
        order = folder + "byteorder"
        if order in sizes and (sizes[order] > 16 or archive.read(order) != b"little"):
            raise _Refused("numbers whose bytes are in the other order")
        found = _follow(io.BytesIO(archive.read(pickles[0])))

    def numbers(storage: _Storage) -> np.ndarray[Any, Any]:
        dtype = np.dtype(storage.dtype)
        name = f"{folder}data/{storage.key}"
        if sizes.get(name) != storage.count * dtype.itemsize:
            raise _Refused(f"{sizes.get(name, 'no')} bytes for the {storage.count} numbers {storage.key!r}")
        # Before it is read: a few bytes of a zip may stand for many, but PyTorch compresses nothing.
        if sizes[name] > path.stat().st_size:
            raise _Refused(f"{sizes[name]} bytes of numbers {storage.key!r} in a smaller file")
        with zipfile.ZipFile(path) as archive:
            return np.frombuffer(archive.read(name), dtype)

    return found, numbers


def _of_older(content: bytes) -> tuple[Any, Callable[[_Storage], np.ndarray[Any, Any]]]:
    file = io.BytesIO(content)
    if _follow(file) != MAGIC:
        raise _Refused("a pickle that torch.save has not written")
    _follow(file)  # the version of the format
    about = _follow(file)
    if not isinstance(about, dict) or about.get("little_endian") is not True:
        raise _Refused("numbers whose bytes are in the other order")
    found, keys = _follow(file), _follow(file)
    storages = {tensor.storage.key: tensor.storage for tensor in found.values()} if _all_tensors(found) else {}
    read = {}
    for key in keys:
        if key not in storages:
            raise _Refused(f"numbers {key!r} that no tensor has")
        dtype = np.dtype(storages[key].dtype)
        count = int.from_bytes(file.read(8), "little", signed=True)
        raw = file.read(storages[key].count * dtype.itemsize)
        if count != storages[key].count or len(raw) != count * dtype.itemsize:
            raise _Refused("a truncated file")
        read[storages[key]] = np.frombuffer(raw, dtype)
    return found, read.__getitem__


def _all_tensors(found: Any) -> bool:
    return isinstance(found, dict) and all(isinstance(tensor, _Tensor) for tensor in found.values())


def _array(name: str, tensor: _Tensor, numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A copy of the numbers that a tensor has of its storage."""
    last = tensor.offset + sum((side - 1) * step for side, step in zip(tensor.size, tensor.stride, strict=True))
    count = math.prod(tensor.size)
    if count > len(numbers) or (count and last >= len(numbers)):
        raise _Refused(f"{name!r} of shape {tensor.size}, which is more than its {len(numbers)} numbers")
    steps = [step * numbers.itemsize for step in tensor.stride]
    view = np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.size, steps, writeable=False)
    return np.array(view, order="C")


def _follow(file: io.BytesIO) -> Any:
    """What the pickle at this place of the file builds; the file is left behind its end."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    instructions: Iterator[tuple[Any, Any, Any]] = pickletools.genops(file)
    for instruction, argument, _ in instructions:
        match instruction.name:
            case "PROTO":
                pass
            case name if name in LITERALS:
                stack.append(argument)
            case name if name in CONSTANTS:
                stack.append(CONSTANTS[name])
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "MARK":
                stack.append(_MARK)
            case "EMPTY_TUPLE":
                stack.append(())
            case name if name in TUPLES:
                stack[-TUPLES[name] :] = [tuple(stack[-TUPLES[name] :])]
            case "TUPLE":
                several = _since_mark(stack)
                stack.append(tuple(several))
            case "EMPTY_LIST":
                stack.append([])
            case "APPEND":
                last = stack.pop()
                _expect(stack[-1], list).append(last)
            case "APPENDS":
                several = _since_mark(stack)
                _expect(stack[-1], list).extend(several)
            case "EMPTY_DICT":
                stack.append({})
            case "SETITEM":
                value, key = stack.pop(), stack.pop()
                _expect(stack[-1], dict)[key] = value
            case "SETITEMS":
                several = _since_mark(stack)
                _expect(stack[-1], dict).update(zip(several[::2], several[1::2], strict=True))
            case "GLOBAL":
                if argument not in (*DTYPES, DICT, TENSOR, PARAMETER):
                    raise _Refused(f"a pickle that wants {argument.replace(' ', '.')!r}")
                stack.append(_Global(argument))
            case "BINPERSID":
                stack.append(_storage(stack.pop()))
            case "REDUCE":
                arguments = stack.pop()
                stack.append(_made(stack.pop(), arguments))
            case "BUILD":
                stack.pop()  # versions of modules, which PyTorch hangs on the mapping
                _expect(stack[-1], dict)
            case "STOP":
                return stack.pop()
            case other:
                raise _Refused(f"a pickle that wants the instruction {other}")
    raise _Refused("a truncated file")


def _since_mark(stack: list[Any]) -> list[Any]:
    place = len(stack) - 1
    while stack[place] is not _MARK:  # IndexError where there is none
        place -= 1
    several = stack[place + 1 :]
    del stack[place:]
    return several


def _expect(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise _Refused(f"a pickle that wants a {kind.__name__} where there is none")
    return value


def _storage(found: Any) -> _Storage:
    match found:
        case ("storage", _Global(name), str(key), str(), int(count), *views) if (
            name in DTYPES and count >= 0 and views in ([], [None])
        ):
            return _Storage(DTYPES[name], key, count)
    raise _Refused("a pickle that wants numbers of an unknown kind")


def _made(function: Any, arguments: Any) -> Any:
    match function, arguments:
        case _Global(name), () if name == DICT:
            return {}
        case _Global(name), (_Tensor() as tensor, bool(), {}) if name == PARAMETER:
            return tensor
        case _Global(name), (_Storage() as storage, int(offset), tuple(size), tuple(stride), bool(), dict(), *_) if (
            name == TENSOR
            and len(size) == len(stride)
            and all(type(one) is int and one >= 0 for one in (offset, *size, *stride))
        ):
            return _Tensor(storage, offset, size, stride)
    raise _Refused("a pickle that wants something else than tensors")
