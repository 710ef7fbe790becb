"""A process in which Keras cannot be imported."""

import os
import subprocess
import sys
from pathlib import Path

import semihard

_REFUSE = """
import runpy, sys
class Refuse:
    def find_spec(self, name, *_):
        if name.split(".")[0] == "keras":
            raise ImportError("no Keras here")
sys.meta_path.insert(0, Refuse())
"""


def printed(code: str, *arguments: str) -> str:
    """What a program prints; `runpy` and `sys` are imported."""
    environment = {**os.environ, "PYTHONPATH": str(Path(semihard.__file__).parents[1])}
    command = [sys.executable, "-c", _REFUSE + code, *arguments]
    found = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert found.returncode == 0, found.stderr
    return found.stdout
