"""Runs one benchmark from a checkout, with nothing installed but what it measures.

python -m benchmarks                   # what there is
python -m benchmarks mining --help
"""

import ast
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.checkout import CHECKOUT, BenchmarkError

HERE = Path(__file__).parent


def cases() -> dict[str, str]:
    """Each case with the first line of its driver, which is read and not imported."""
    drivers = sorted(HERE.glob("*/driver.py"))
    return {path.parent.name: ast.get_docstring(ast.parse(path.read_text("utf-8"))).splitlines()[0] for path in drivers}


def main(arguments: Sequence[str]) -> None:
    """Run the case that is named first, with the options behind it."""
    known = cases()
    if not arguments or arguments[0] in ("-h", "--help"):
        print("python -m benchmarks CASE [--help] [options]\n")
        print("\n".join(f"  {case:17}{line}" for case, line in known.items()))
        return
    case, *options = arguments
    if case not in known:
        sys.exit(f"Expected a case of {', '.join(known)}. Received: {case!r}.")
    sys.path.insert(0, str(CHECKOUT / "src"))  # so that a checkout needs no installation
    try:
        importlib.import_module(f"benchmarks.{case}.driver").main(options)
    except BenchmarkError as error:
        sys.exit(f"{case}: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
