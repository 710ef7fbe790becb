"""Memory of this process, as the kernel counts it (Linux)."""

import ctypes
from pathlib import Path


def resident(field):
    """Return kilobytes of resident memory, now (VmRSS) or at most since the last reset (VmHWM)."""
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field))


def reset_peak():
    """Set the process's peak to its present size, so that earlier peaks (imports) do not hide later ones."""
    Path("/proc/self/clear_refs").write_text("5")


def give_back():
    """Return to the kernel what the C library keeps for later, where it is glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
