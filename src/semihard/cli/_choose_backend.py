"""Which backend Keras is to run on."""

import json
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from semihard._core.extras import MissingPackage
from semihard.cli._parsing import WrongUsage

BACKENDS = ("tensorflow", "jax", "torch")


def choose_backend(asked: str | None, environment: Mapping[str, str]) -> str:
    """Return the backend: as asked, else `KERAS_BACKEND`, else that of `keras.json`, else the first installed."""
    name = asked or environment.get("KERAS_BACKEND") or _of_keras_json(environment)
    if name is None:
        name = next((backend for backend in BACKENDS if find_spec(backend)), None)
        if name is None:
            raise MissingPackage("a Keras backend", 'pip install "semihard[tensorflow]" (or jax, or torch)', "none")
    if name not in BACKENDS:
        raise WrongUsage(f"expected KERAS_BACKEND to be one of {', '.join(BACKENDS)}. Received: {name!r}.")
    if find_spec(name) is None:
        raise MissingPackage(name, f'pip install "semihard[{name}]"', f"no module named {name!r}")
    return name


def _of_keras_json(environment: Mapping[str, str]) -> str | None:
    """What the user's file says, if it is installed: Keras writes one that says "tensorflow" by itself."""
    with suppress(OSError, ValueError, RuntimeError):
        home = Path(environment.get("KERAS_HOME") or Path.home() / ".keras").expanduser()
        given = json.loads((home / "keras.json").read_text())
        name = given.get("backend") if isinstance(given, dict) else None
        return name if name in BACKENDS and find_spec(name) else None
    return None
