"""Reads what a code object of another Python holds, without making one: nothing of it can run.

Not `marshal.loads`: it makes code objects, knows one version of Python only, and may crash on what is not its own.
"""

import struct
from dataclasses import dataclass, fields
from typing import Any

DEEPEST = 20


@dataclass(frozen=True)
class Code:
    """The fields of a code object that say what it computes.

    Attributes:
        before_3_11: whether the byte code is that of Python 3.10 or older.
        code: byte code.
        captured: whether it uses variables of a function around it.
    """

    before_3_11: bool
    argcount: int
    flags: int
    code: bytes
    consts: tuple[Any, ...]
    names: tuple[str, ...]
    captured: bool
    name: str


# By version: the whole numbers before the byte code, and what follows it. "n" is a number, anything else an object.
_FROM_3_11 = (
    "argcount posonly kwonly stacksize flags",
    "code consts names locals kinds file name qualname n lines tries",
)
_FROM_3_8 = ("argcount posonly kwonly nlocals stacksize flags", "code consts names locals free cells file name n lines")
_BEFORE_3_8 = ("argcount kwonly nlocals stacksize flags", "code consts names locals free cells file name n lines")
_CAPTURED = 0x40 | 0x80  # the kinds of local variables of 3.11 that a closure shares


def read_code(data: bytes) -> Code:
    """The code object in `data`, as Python 3.6 to 3.11 marshal it; raises `ValueError` for anything else."""
    for layout in (_FROM_3_11, _FROM_3_8, _BEFORE_3_8):
        reader = _Reader(data, layout)
        try:
            found = reader.read()
        except (ValueError, TypeError, IndexError, struct.error):
            continue
        if isinstance(found, Code) and reader.at == len(data):
            return found
    raise ValueError("Expected a code object of Python 3.6 to 3.11. Received: other bytes.")


class _Reader:
    def __init__(self, data: bytes, layout: tuple[str, str]) -> None:
        self.data, self.layout, self.at, self.depth = data, layout, 0, 0
        self.seen: list[Any] = []

    def take(self, count: int) -> bytes:
        if not 0 <= count <= len(self.data) - self.at:
            raise ValueError("the data end early")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self) -> int:
        return int(struct.unpack("<i", self.take(4))[0])

    def read(self) -> Any:
        kind = self.take(1)[0]
        place = len(self.seen)
        if kept := kind & 0x80:
            self.seen.append(None)
        self.depth += 1
        if self.depth > DEEPEST:
            raise ValueError("nested too deep")
        value = self.value(chr(kind & 0x7F))
        self.depth -= 1
        if kept:
            self.seen[place] = value
        return value

    def value(self, kind: str) -> Any:
        if kind in "NTF":
            return {"N": None, "T": True, "F": False}[kind]
        if kind == "i":
            return self.number()
        if kind == "g":
            return struct.unpack("<d", self.take(8))[0]
        if kind == "r":
            return self.seen[self.number()]
        if kind == "s":
            return self.take(self.number())
        if kind in "tuaA":
            return self.take(self.number()).decode("utf-8", "surrogatepass")
        if kind in "zZ":
            return self.take(self.take(1)[0]).decode("utf-8", "surrogatepass")
        if kind in "()":
            return tuple(self.read() for _ in range(self.take(1)[0] if kind == ")" else self.number()))
        if kind == "c":
            return self.code()
        raise ValueError(f"unexpected type {kind!r}")

    def code(self) -> Code:
        numbers, parts = self.layout
        found: dict[str, Any] = {name: self.number() for name in numbers.split()}
        for name in parts.split():
            found[name] = self.number() if name == "n" else self.read()
        captured = found.get("free") or found.get("cells") or any(kind & _CAPTURED for kind in found.get("kinds", b""))
        found.update(before_3_11="kinds" not in found, captured=bool(captured))
        code = Code(**{field.name: found[field.name] for field in fields(Code)})
        if not (isinstance(code.code, bytes) and isinstance(code.consts, tuple) and isinstance(code.names, tuple)):
            raise ValueError("no code object")
        return code
