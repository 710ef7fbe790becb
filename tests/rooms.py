"""The rooms of the package, and what they import: read from the sources."""

import ast
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "semihard"
FILES = sorted(SOURCE.rglob("*.py"))


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
