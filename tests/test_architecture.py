"""Imports go downwards, and backend names appear in one room: read from the sources, not from a running program."""

import ast
import graphlib
from pathlib import Path

import pytest

import semihard
from tests.rooms import (
    FILES,
    MODULES,
    ROOT,
    SOURCE,
    imports,
    imports_keras,
    name_of,
    needs_keras,
    rooms_without_keras,
    within,
)

# Room → rooms it may import, beside itself and the ground floor. A wing's inner rooms have places of their own.
GROUND = {"_core"}
TENSORS = {"backend"}
REPORTS = {"evaluation._estimates", "evaluation._panels"}
BELOW: dict[str, set[str]] = {
    "_core": set(),
    "backend": set(),
    "_inputs": TENSORS,
    "distances": TENSORS,
    "relations": TENSORS | {"_inputs"},
    "mining": TENSORS | {"_inputs", "distances"},
    "losses": TENSORS | {"_inputs", "distances", "relations", "mining"},
    "layers": TENSORS,
    "models": TENSORS | {"_inputs", "layers", "losses", "relations"},
    "metrics": TENSORS | {"_inputs", "distances", "mining"},
    "migrate": {"losses"},
    "data": TENSORS,
    "datasets": set(),
    "evaluation.search": set(),
    "evaluation._clustering": set(),
    "evaluation._votes": set(),
    "evaluation._prototypes": {"evaluation.search"},
    "evaluation._few_shot": REPORTS,
    "evaluation.cleaning": {"evaluation.search", "evaluation._votes"},
    "evaluation._health": set(),
    "evaluation._estimates": set(),
    "evaluation._panels": {"evaluation._estimates"},
    "evaluation.retrieval": {"evaluation.search", "evaluation._health", "evaluation._votes"} | REPORTS,
    "evaluation.verification": {"evaluation.search"} | REPORTS,
    "evaluation.calibration": {"evaluation.search", "evaluation.verification"} | REPORTS,
    "visualization.maps": set(),
    "visualization.projector": set(),
    "visualization.pictures": {"evaluation.search"},
    "visualization.viewer": {
        "evaluation.search",
        "evaluation.cleaning",
        "visualization.maps",
        "visualization.projector",
    },
    "gallery": {"evaluation"},
    "callbacks": TENSORS | {"data", "layers", "losses", "evaluation", "visualization.projector"},
    "workflows": TENSORS
    | {
        "callbacks",
        "data",
        "datasets",
        "evaluation",
        "gallery",
        "layers",
        "losses",
        "models",
        "visualization",
    },
    "cli": {"data", "datasets", "evaluation", "gallery", "visualization", "workflows"},
}
WINGS = ("evaluation", "visualization")
BACKENDS = {"tensorflow", "jax", "torch"}


def room(module: str) -> str:
    parts = module.split(".")[1:]
    return ".".join(parts[: 2 if parts[:1] and parts[0] in WINGS else 1])


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_downwards(path):
    own = room(name_of(path))
    if own in ("", *WINGS):
        return  # doors only
    above = {room(module) for module in within(path)} - {own, ""}
    allowed = BELOW[own] | GROUND
    assert all(other in allowed or other.split(".")[0] in allowed for other in above), f"{own} imports {sorted(above)}"


def test_every_room_has_a_place_in_the_order():
    assert {room(name) for name in MODULES} - {"", *WINGS} == set(BELOW)


def test_the_order_has_no_circle():
    order = list(graphlib.TopologicalSorter(BELOW).static_order())
    assert order.index("mining") < order.index("losses") < order.index("workflows")


def test_no_file_imports_one_that_imports_it():
    """Not even within a function, where Python would not notice."""
    graph = {name: within(path) - {name} for name, path in MODULES.items()}
    list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_what_is_private_stays_in_its_folder(path):
    own = path.relative_to(SOURCE.parent).parts[:-1]
    for module, name in imports(path):
        parts = module.split(".")
        if parts[0] != "semihard":
            continue
        assert not name.startswith("_") or name.startswith("__"), f"{path} imports {module}.{name}"
        for place, part in enumerate(parts):
            if part.startswith("_"):
                assert own[:place] == tuple(parts[:place]), f"{path} imports {module}"


def test_no_public_module_has_the_name_of_its_function():
    """Else `import semihard.evaluation.evaluate as m` would give a function."""
    for name, path in MODULES.items():
        if not any(part.startswith("_") for part in name.split(".")):
            own = {node.name for node in ast.parse(path.read_text()).body if hasattr(node, "name")}
            assert name.split(".")[-1] not in own, name


def test_doors():
    """Who has read only the names of the rooms can draw the architecture: there are few."""
    doors = {name for name in semihard.__all__ if f"semihard.{name}" in MODULES}
    assert len(doors) <= 15
    assert doors == {room(name).split(".")[0] for name in MODULES} - {"", "_core", "_inputs", "backend", "cli"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_backends_are_imported_in_one_room(path):
    roots = {module.split(".")[0] for module, _ in imports(path)}
    if path.parent.name != "backend":
        assert not roots & BACKENDS
    elif path.stem in BACKENDS:
        assert roots & BACKENDS == {path.stem}


def signatures(path: Path) -> dict[str, str]:
    """The public functions of a file with their parameters, and its constants, as they are written."""
    tree = ast.parse(path.read_text())
    functions = {node.name: ast.unparse(node.args) for node in tree.body if isinstance(node, ast.FunctionDef)}
    constants = {
        target.id: "constant"
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    shared = {
        alias.name: "shared"
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "semihard.backend.common"
        for alias in node.names
    }
    named = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    words = {"ops": "constant"} if "ops" in named else {}
    return shared | functions | constants | words


def test_the_backends_export_the_same_names_and_signatures():
    files = {name: SOURCE / "backend" / f"{name}.py" for name in sorted(BACKENDS)}
    listed, found = {}, {}
    for name, path in files.items():
        tree = ast.parse(path.read_text())
        (exported,) = (
            node.value for node in tree.body if isinstance(node, ast.Assign) and "__all__" in ast.unparse(node)
        )
        listed[name] = ast.literal_eval(exported)
        defined = signatures(path)
        found[name] = {export: defined[export] for export in listed[name]}
        public = {export for export, kind in defined.items() if not export.startswith("_") and kind != "shared"}
        assert public <= set(listed[name]), name
    assert listed["jax"] == listed["tensorflow"] == listed["torch"]
    shared = ast.parse((SOURCE / "backend" / "common.py").read_text())
    common = {node.name: ast.unparse(node.args) for node in shared.body if isinstance(node, ast.FunctionDef)}
    for export in listed["jax"]:
        written = {common[export] if found[name][export] == "shared" else found[name][export] for name in BACKENDS}
        assert len(written) == 1, f"{export}: {written}"
    contract = ast.get_docstring(ast.parse((SOURCE / "backend" / "__init__.py").read_text())) or ""
    assert all(export in contract for export in listed["jax"])


def test_tensor_is_declared_once():
    declared = [
        name
        for name, path in MODULES.items()
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "Tensor" for target in node.targets)
    ]
    assert declared == ["semihard.backend.common"]


@pytest.mark.parametrize("wing", WINGS)
def test_wings_do_without_keras(wing):
    """Neither do the modules that they import."""
    assert not imports_keras({name for name in MODULES if name.startswith(f"semihard.{wing}")})
    assert imports_keras({"semihard.mining.engine"})


def test_tests_of_numpy_rooms_do_without_keras():
    """They are run once, not on each backend (`selection.py`, which sees to it that they find no Keras)."""
    here = Path(__file__).parent
    files = [path for folder in rooms_without_keras() for path in sorted((here / folder).rglob("*.py"))]
    assert len(files) > 40
    assert not [str(path) for path in files if needs_keras(path)]


def said_in(path: Path) -> set[str]:
    """Every name that a module defines, imports or lists."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):  # in `__all__`, where rooms come late
            found.add(node.value)
    return found


def test_what_benchmarks_and_examples_import_is_there():
    """Workers run in environments of their own: no test imports them."""
    files = [path for room in ("benchmarks", "examples") for path in (ROOT / room).rglob("*.py")]
    wanted = {(path, *one) for path in files for one in imports(path) if one[0].split(".")[0] == "semihard"}
    assert len(wanted) > 80
    for path, module, name in wanted:
        assert module in MODULES and (not name or name in said_in(MODULES[module])), f"{path}: {module}.{name}"
