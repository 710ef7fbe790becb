"""Which tests run where: every file in one part, and Keras out of reach in that without it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.rooms import ROOT, needs_keras
from tests.selection import Selection

PROGRAM = """
import subprocess, sys
from pathlib import Path
from tests.selection import Selection
part = Selection("numpy")
for path in sys.argv[1:]:
    print(part.pytest_ignore_collect(Path(path)))
try:
    import keras
except ImportError as error:
    print(error)
print(subprocess.run([sys.executable, "-c", "import keras"], capture_output=True, text=True).stderr)
"""


def test_a_file_runs_in_one_part_and_keras_in_the_other():
    files = [ROOT / "tests" / "programs.py", ROOT / "tests" / "rooms.py"]
    backend = [Selection("backend").pytest_ignore_collect(path) for path in files]
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, *files], check=True, capture_output=True, text=True, cwd=ROOT
    )
    out = found.stdout.splitlines()
    assert backend == [None, True]
    assert out[:2] == ["True", "None"]
    assert out[2].startswith("Expected no import of Keras")
    assert "ImportError: Expected no import of Keras" in found.stdout[found.stdout.index("Traceback") :]


def test_all_runs_all_but_what_stands_in_the_way_of_keras():
    part = Selection("all")
    assert part.pytest_ignore_collect(ROOT / "tests" / "programs.py") is None
    assert part.pytest_ignore_collect(ROOT / "tests" / "rooms.py") is None
    assert part.pytest_ignore_collect(ROOT / "README.md") is None
    assert part.pytest_ignore_collect(ROOT / "tests" / "without_keras" / "keras.py") is True


def test_a_misspelt_part_raises():
    with pytest.raises(ValueError, match=r"one of all, backend, numpy\. Received: 'nunpy'"):
        Selection("nunpy")


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("tests/programs.py", True),  # imports it
        ("tests/losses/test_npairs.py", True),  # through what it tests
        ("tests/workflows/searching/test_index.py", True),  # through a helper
        ("src/semihard/losses/base.py", True),
        ("src/semihard/losses/__init__.py", True),
        ("tests/cli/test_commands.py", False),  # of a module that imports it within functions
        ("src/semihard/cli/__init__.py", False),
    ],
)
def test_what_needs_keras(path, needed):
    assert needs_keras(ROOT / path) is needed


def test_examples_count(tmp_path):
    """Of a module whose own import needs none."""
    file = tmp_path / "module.py"
    file.write_text('"""An example.\n\n>>> 1 + 1\n2\n"""\n')
    assert not needs_keras(file)
    other = Path(tmp_path / "other.py")
    other.write_text('"""An example.\n\n>>> from semihard.losses import CircleLoss\n"""\n')
    assert needs_keras(other)
