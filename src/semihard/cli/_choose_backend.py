"""Which backend Keras is to run on."""

from collections.abc import Mapping
from importlib.util import find_spec

from semihard._core.extras import MissingPackage
from semihard.cli._parsing import WrongUsage

BACKENDS = ("tensorflow", "jax", "torch")


def choose_backend(asked: str | None, environment: Mapping[str, str]) -> str:
    """Return the backend to use: what was asked for, else `KERAS_BACKEND`, else the first one installed."""
    name = asked or environment.get("KERAS_BACKEND")
    if name is None:
        name = next((backend for backend in BACKENDS if find_spec(backend)), None)
        if name is None:
            raise MissingPackage("a Keras backend", 'pip install "semihard[tensorflow]" (or jax, or torch)', "none")
    if name not in BACKENDS:
        raise WrongUsage(f"expected KERAS_BACKEND to be one of {', '.join(BACKENDS)}. Received: {name!r}.")
    if find_spec(name) is None:
        raise MissingPackage(name, f'pip install "semihard[{name}]"', f"no module named {name!r}")
    return name
