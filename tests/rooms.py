"""The rooms of the package and the files of tests, and what they import: read from the sources."""

import ast
import doctest
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "semihard"
FILES = sorted(SOURCE.rglob("*.py"))
KERAS = {"keras", "tensorflow", "jax", "torch"}


def name_of(path: Path) -> str:
    """The dotted name of a file's module."""
    return ".".join(["semihard", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(".__init__")


MODULES = {name_of(path): path for path in FILES}


@cache
def imports(path: Path) -> frozenset[tuple[str, str]]:
    """(module, name) of what a file imports, anywhere in it; the name is empty for `import module`."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add((whole, "") if whole in MODULES else (str(node.module), alias.name))
    return frozenset(found)


def within(path: Path) -> set[str]:
    """The modules of semihard that a file imports."""
    return {module for module, _ in imports(path) if module in MODULES}


def reached(modules: set[str]) -> set[str]:
    """These modules, and all of semihard that they import, at whatever distance."""
    seen: set[str] = set()
    while modules - seen:
        seen |= modules
        modules = modules | {module for name in modules for module in within(MODULES[name])}
    return seen


def imports_keras(modules: set[str]) -> bool:
    """Whether any of these modules, or what they import of semihard, imports Keras."""
    return any(module.split(".")[0] == "keras" for name in reached(modules) for module, _ in imports(MODULES[name]))


def rooms_without_keras() -> list[str]:
    """The rooms on the ground level that never import Keras, by the names of their tests' folders (`_core`: core)."""
    rooms = {name.split(".")[1] for name in MODULES if name != "semihard" and MODULES[name].parent != SOURCE}
    own = {room: {name for name in MODULES if name.split(".")[1:2] == [room]} for room in rooms}
    return sorted(room.lstrip("_") for room, modules in own.items() if not imports_keras(modules))


def at_once(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs when a file is imported: all but the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield node
            yield from at_once(node)


def examples(path: Path) -> ast.Module:
    """The code of the examples in the docstrings of a file."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, documented)]
    texts = [ast.get_docstring(node) or "" for node in nodes]
    return ast.parse("".join(one.source for text in texts for one in doctest.DocTestParser().get_examples(text)))


def imported_at_once(tree: ast.Module) -> set[str]:
    """The dotted names that running this code imports, with the packages that hold them."""
    found: set[str] = set()
    for node in at_once(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return with_packages(found)


def with_packages(names: set[str]) -> set[str]:
    return {".".join(name.split(".")[:n]) for name in names for n in range(1, name.count(".") + 2)}


@cache
def imported_by(path: Path) -> frozenset[str]:
    """What the import of a file imports."""
    own = {MODULE_OF[path]} if path in MODULE_OF else set()
    return frozenset(with_packages(own) | imported_at_once(ast.parse(path.read_text(encoding="utf-8"))))


TESTS = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in (ROOT / "tests").rglob("*.py")}
PLACES = {**MODULES, **{name.removesuffix(".__init__"): path for name, path in TESTS.items()}}
MODULE_OF = {path: name for name, path in PLACES.items()}


@cache
def needs_keras(path: Path) -> bool:
    """Whether the tests in a file import Keras or a backend: by its own import, or in the examples of a docstring."""
    names = imported_by(path) | imported_at_once(examples(path))
    seen: set[str] = set()
    while names - seen:
        left, seen = names - seen, seen | names
        names = names.union(*(imported_by(PLACES[name]) for name in left if name in PLACES))
    return any(name.split(".")[0] in KERAS for name in names)
