"""Two directories change places in one step, where the system can do that."""

import ctypes
import os
import sys
from pathlib import Path

# Of Linux: <fcntl.h> and <linux/fs.h>.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def exchange(one: Path, other: Path) -> bool:
    """Let two directories change places, so that nobody finds nothing at either path; return whether it was done.

    Linux can do that (since 3.15; not on NFS, for one). Where it is not done, nothing is.

    Example:
        >>> import tempfile
        >>> one, other = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
        >>> _ = (one / "note").write_text("mine")
        >>> done = exchange(one, other)
        >>> (other / "note").exists() == done
        True
    """
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)  # of glibc since 2.28
    if renameat2 is None:
        return False
    return bool(renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)
