"""Files that a command is to write: whether it can, before the work."""

import os
from collections.abc import Iterable
from pathlib import Path

from semihard._core.files import check_writable
from semihard._core.runs import MANIFEST
from semihard.cli._parsing import WrongUsage


def check_outputs(outputs: Iterable[str | Path], inputs: Iterable[Path]) -> None:
    """Raise `OSError` if one of `outputs` cannot be written, `WrongUsage` if it is an input, or is named twice."""
    taken = {os.path.realpath(path) for path in inputs}
    taken |= {os.path.join(os.path.dirname(path), MANIFEST) for path in taken}  # noqa: PTH118, PTH120
    for output in outputs:
        check_writable(output)
        real = os.path.realpath(output)
        if real in taken:
            raise WrongUsage(f"expected a file of its own for each output. Received: {output}, which is in use")
        taken.add(real)
