"""Warnings for users as lines of the command."""

import sys
import warnings
from typing import Any


class plain_warnings(warnings.catch_warnings):
    """While the block runs, a `UserWarning` is a line on stderr, and others are not for users."""

    def __enter__(self) -> Any:
        found = super().__enter__()
        warnings.showwarning = _show
        return found


def _show(message: Any, category: Any, *_: Any, **__: Any) -> None:
    if category is UserWarning:
        print(f"semihard: {' '.join(str(message).split())}", file=sys.stderr)
