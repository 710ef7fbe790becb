"""What a benchmark ran on."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """The number of cores and the processor."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores ({model})"


def busy() -> str:
    """What to say on a page of other work that runs at this moment, as the system's load tells; before one's own."""
    load = os.getloadavg()[0]
    if load < 0.5:
        return "Nothing else ran when it began."
    return (
        f"Other work ran beside it: times are longer and less even than alone (load average {load:.1f} at the start)."
    )


def bytes_available() -> float:
    """The memory that could be taken now; without Linux's /proc, no limit."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return float("inf")
    lines = meminfo.read_text().splitlines()
    return next(1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
