"""Imports go downwards, and backend names appear in one file: read from the sources, not from a running program."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import semihard
from tests.conftest import WITHOUT_KERAS

SOURCE = Path(semihard.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
# Room → rooms it may import. Every room may import itself, and _core.
BELOW = {
    "_core": set(),
    "_checks": set(),
    "_files": set(),
    "_extras": set(),
    "_decode": {"_extras"},
    "_runs": {"_files"},
    "_backend": set(),
    "distances": {"_backend", "_checks"},
    "pairs": {"_backend"},
    "mining": {"_backend", "_checks", "pairs", "distances"},
    "relations": {"_backend"},
    "losses": {"_backend", "_checks", "distances", "pairs", "mining", "relations"},
    "data": {"_backend", "_checks", "_decode", "_extras"},
    "layers": {"_backend", "_checks"},
    "datasets": {"_checks", "_extras"},
    "retrieval": {"_checks"},
    "metrics": {"_checks", "retrieval"},
    "verification": {"_checks", "metrics", "pictures", "retrieval"},
    "calibration": {"_checks", "_files", "metrics", "retrieval", "verification"},
    "pictures": {"_checks", "_files", "_extras", "retrieval"},
    "projector": {"_checks", "_decode", "_files", "_extras"},
    "tensorboard": {"_checks", "_extras", "_files", "_runs", "projector"},
    "viewer": {"_checks", "_decode", "_files", "_extras", "projector", "retrieval"},
    "training": {"_backend", "_checks", "losses", "relations"},
    "migrate": {"losses"},
    "diagnostics": {"distances", "losses", "pairs", "relations"},
    "callbacks": {"_checks", "_files", "evaluation", "layers", "losses", "metrics", "projector"},
    "evaluation": {"_checks", "_files", "_extras", "metrics", "pictures", "retrieval"},
}
PUBLIC = {
    "losses",
    "data",
    "layers",
    "datasets",
    "calibration",
    "callbacks",
    "verification",
    "diagnostics",
    "evaluation",
    "metrics",
    "pictures",
    "projector",
    "retrieval",
    "tensorboard",
    "viewer",
    "_core",
    "_checks",
    "_files",
    "_runs",
    "_extras",
    "recipes",
    "relations",
    "training",
}
BACKENDS = {"tensorflow", "jax", "torch"}


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Modules that a file imports, as dotted names; `from a import b` counts as a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_downwards(path):
    own = room(path)
    if own == "__init__":
        return
    above = {name.split(".")[1] for name in imports(path) if name.startswith("semihard.")} - {own, "__version__"}
    allowed = BELOW.get(own, PUBLIC) | {"_core"}
    assert above <= allowed, f"{own} imports {sorted(above - allowed)}"


def test_every_room_has_a_place_in_the_order():
    rooms = {room(path) for path in FILES} - {"__init__", "recipes", "cli"}
    assert rooms == set(BELOW)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_backends_are_imported_in_one_file(path):
    roots = {name.split(".")[0] for name in imports(path)}
    if path.name == "_backend.py":
        assert roots >= BACKENDS
    else:
        assert not roots & BACKENDS


def test_numpy_rooms_do_without_keras():
    numpy_rooms = {*WITHOUT_KERAS, "_core", "_decode", "_checks", "_extras", "_files", "_runs"}
    for path in FILES:
        if room(path) in numpy_rooms:
            assert "keras" not in {name.split(".")[0] for name in imports(path)}, path


def test_tests_of_numpy_rooms_do_without_keras():
    """They are left out where the suite runs on a second backend."""
    here = Path(__file__).parent
    files = [path for folder in WITHOUT_KERAS for path in sorted((here / folder).glob("*.py"))]
    names = [".".join(path.relative_to(here.parent).with_suffix("").parts) for path in files]
    assert len(names) > 40
    program = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", program, *names], check=True, cwd=here.parent, capture_output=True)
    assert "numpy" in found.stdout.decode().split()
    assert "keras" not in found.stdout.decode().split()
