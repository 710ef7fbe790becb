"""What the functions inside of old models compute, told from their byte code, which is never run."""

import base64
import binascii
from typing import Any

from semihard.migrate._marshal import Code, read_code

# Where TensorFlow and Keras 2 have l2_normalize, as scripts write it.
MODULES = {
    ("tf", "math"),
    ("tf", "nn"),
    ("tf", "linalg"),
    ("tf", "keras", "backend"),
    ("tensorflow", "keras", "backend"),
    ("keras", "backend"),
    ("backend",),
    ("K",),
}
_VARIABLE_ARGUMENTS = 0x04 | 0x08


def normalized_axis(function: Any) -> int | None:
    """The axis of a function that is exactly `tf.math.l2_normalize(x, axis=…)` of its one argument; None for others.

    The function itself is not run: its byte code, of Python 3.6 to 3.11, has to be the one that this expression
    gives, to the last byte, with `tf` (`K`, `keras`) a global name.

    Args:
        function: what Keras 2 writes: base64 of a marshalled code object, defaults, and closure.
    """
    code = code_of(function)
    if code is None or function[1] is not None or function[2] is not None:
        return None
    if code.argcount != 1 or code.flags & _VARIABLE_ARGUMENTS or code.captured:
        return None
    if code.names[-1:] != ("l2_normalize",) or code.names[:-1] not in MODULES:
        return None
    _, *given = code.consts or (None,)  # the first is the docstring, or None
    named = given[1:] == [("axis",)]
    axis = given[0] if len(given) == 1 + named else None
    if type(axis) is not int:
        return None
    build = _before_3_11 if code.before_3_11 else _of_3_11
    return axis if code.code == build(len(code.names), named) else None


def code_of(function: Any) -> Code | None:
    """The code object in what Keras 2 writes for a function, or None."""
    if not (isinstance(function, list) and len(function) == 3 and isinstance(function[0], str)):
        return None
    try:
        return read_code(base64.b64decode(function[0]))
    except (ValueError, binascii.Error):
        return None


def _before_3_11(names: int, named: bool) -> bytes:
    attributes = [bytes([0x6A, i]) for i in range(1, names)]  # LOAD_ATTR
    if not named:
        attributes[-1] = bytes([0xA0, names - 1])  # LOAD_METHOD
    # LOAD_FAST 0, LOAD_CONST 1, and CALL_FUNCTION_KW or CALL_METHOD, RETURN_VALUE
    call = bytes.fromhex("7c00 6401 6402 8d02 5300" if named else "7c00 6401 a102 5300")
    return b"\x74\x00" + b"".join(attributes) + call  # LOAD_GLOBAL 0


def _of_3_11(names: int, named: bool) -> bytes:
    """The same with RESUME, PRECALL and the room for caches."""
    attributes = [bytes([0x6A, i]) + bytes(8) for i in range(1, names - 1)]
    method = bytes([0xA0, names - 1]) + bytes(20)
    call = bytes.fromhex("7c00 6401") + (bytes.fromhex("ac02") if named else b"")  # KW_NAMES
    call += bytes.fromhex("a602 0000 ab02") + bytes(8) + bytes.fromhex("5300")
    return bytes.fromhex("9700 7400") + bytes(10) + b"".join(attributes) + method + call
