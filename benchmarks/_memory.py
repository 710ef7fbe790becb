"""Memory of this process, as the kernel counts it (Linux)."""

from pathlib import Path


def resident(field):
    """Return kilobytes of resident memory, now (VmRSS) or at most since the last reset (VmHWM)."""
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field))


def reset_peak():
    """Set the process's peak to its present size, so that earlier peaks (imports) do not hide later ones."""
    Path("/proc/self/clear_refs").write_text("5")
