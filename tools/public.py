"""The public names of the package and where each is defined: read from the sources, which needs no Keras."""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.rooms import MODULES


class Defined(NamedTuple):
    """The module that defines a name, and its docstring."""

    module: str
    said: str

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return self.said.split("\n", 1)[0]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_docstring(module: str) -> str:
    return ast.get_docstring(tree(MODULES[module])) or ""


@cache
def public(module: str) -> tuple[str, ...] | None:
    """The `__all__` of a module; None if it has none."""
    for node in tree(MODULES[module]).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return tuple(ast.literal_eval(node.value))
    return None


def doors() -> list[str]:
    """The package, what it names that has public names, and where that has none, what is within it that has some."""
    found = ["semihard"]
    for name in public("semihard") or ():
        door = f"semihard.{name}"
        if door not in MODULES:
            continue
        if public(door) is not None:
            found.append(door)
        else:
            found += sorted(
                name for name in MODULES if name.rpartition(".")[0] == door and "._" not in name and public(name)
            )
    return found


def own_names(door: str) -> list[str]:
    """The public names of a door that are no doors themselves."""
    return [name for name in public(door) or () if f"{door}.{name}" not in MODULES]


@cache
def defined(door: str, name: str) -> Defined:
    """Where a public name of a module comes from, through any number of imports, at once or later."""
    body = tree(MODULES[door]).body
    for place, node in enumerate(body):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return Defined(door, ast.get_docstring(node) or "")
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(ast.unparse(target) == name for target in targets):
                after = body[place + 1] if place + 1 < len(body) else None
                text = after.value if isinstance(after, ast.Expr) else None
                return Defined(door, str(text.value) if isinstance(text, ast.Constant) else "")
        if isinstance(node, ast.ImportFrom) and any((one.asname or one.name) == name for one in node.names):
            return defined(str(node.module), name)
    for node in ast.walk(tree(MODULES[door])):  # tables of what is imported later
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == name and isinstance(value, ast.Constant):
                    module = str(value.value)
                    return defined(module if module in MODULES else f"{door}.{module}", name)
    raise LookupError(f"Expected {door} to say where {name} comes from. Received: neither an import nor a table.")
