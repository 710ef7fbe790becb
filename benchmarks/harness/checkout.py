"""Where things lie in this checkout, and the error that a person at the terminal can act on."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = CHECKOUT / "docs" / "benchmarks"
MNIST = CHECKOUT / "src" / "semihard" / "datasets" / "mnist_files"


class BenchmarkError(Exception):
    """Shown in one line, without a traceback."""


def checkout_of(text: str) -> Path:
    """Read the path of a checkout of semihard from a command line."""
    path = Path(text).expanduser().resolve()
    if not (path / "src" / "semihard").is_dir():
        raise BenchmarkError(f"Expected a checkout of semihard, with src/semihard. Received: {path}.")
    return path
