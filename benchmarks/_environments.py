"""Virtual environments, one a peer, and the workers that live in them.

A peer's requirements contradict ours (TensorFlow Addons stops at TensorFlow 2.15 and Keras 2), so each has an
environment of its own, made on first use in `.venvs/` of the checkout. Set `SEMIHARD_BENCH_VENVS` to a folder that
already holds environments of these names (`tfa`, `pml`, `st`, `semihard-jax` …) to use those.
"""

import contextlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent


class BenchmarkError(Exception):
    """Something the person at the terminal can act on; shown in one line, without a traceback."""


@dataclass(frozen=True)
class Environment:
    """What `pip install` needs for one peer."""

    name: str
    requirements: tuple[str, ...]
    newest_python: tuple[int, int] | None = None  # the last minor version that the peer's wheels were built for
    runs_ours: bool = False


PEERS = {
    "tfa": Environment("tfa", ("tensorflow-cpu==2.15.1", "tensorflow-addons==0.23.0"), newest_python=(3, 11)),
    "pml": Environment(
        "pml",
        (
            "torch==2.13.0",
            "pytorch-metric-learning==2.9.0",
            "faiss-cpu==1.15.1",
            "torchmetrics==1.9.0",
            "ranx==0.3.21",
        ),
    ),
    "st": Environment("st", ("torch==2.13.0", "sentence-transformers==6.2.0")),
}
OURS = {
    backend: Environment(f"semihard-{backend}", requirements, runs_ours=True)
    for backend, requirements in {
        "tensorflow": ("keras==3.15.1", "tensorflow-cpu==2.21.0"),
        "jax": ("keras==3.15.1", "jax==0.10.2"),
        "torch": ("keras==3.15.1", "torch==2.13.0"),
    }.items()
}


def python_for(name: str) -> Path:
    """Return the interpreter of peer `name`, or of our backend `name`; make the environment if there is none.

    Our backends run in the current environment where it has them.
    """
    environment = PEERS.get(name) or OURS[name]
    if environment.runs_ours and all(importlib.util.find_spec(module) for module in ("keras", name)):
        return Path(sys.executable)
    folder = Path(os.environ.get("SEMIHARD_BENCH_VENVS", CHECKOUT / ".venvs")).expanduser()
    python = folder / environment.name / "bin" / "python"
    if not python.exists():
        _make(environment, python)
    return python


def _make(environment: Environment, python: Path) -> None:
    base = _base_python(environment)
    print(
        f"Making the environment {python.parent.parent} (once): {' '.join(environment.requirements)}", file=sys.stderr
    )
    partial = python.parent.parent.with_suffix(".partial")  # renamed when whole, so that Ctrl-C leaves none half made
    shutil.rmtree(partial, ignore_errors=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", *environment.requirements]
    for command in ([base, "-m", "venv", str(partial)], [str(partial / "bin" / "python"), *install]):
        if subprocess.run(command, stdout=sys.stderr).returncode:
            raise BenchmarkError(f"Could not make {environment.name!r}: `{' '.join(command)}` failed (see above).")
    partial.rename(python.parent.parent)


def _base_python(environment: Environment) -> str:
    newest = environment.newest_python
    if newest is None or sys.version_info[:2] <= newest:
        return sys.executable
    for minor in range(newest[1], 8, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    raise BenchmarkError(
        f"{environment.requirements[-1]} needs Python {newest[0]}.{newest[1]} or older and `python3.{newest[1]}` is "
        "not on PATH. Install it, or set SEMIHARD_BENCH_VENVS to a folder with a ready environment."
    )


def machine() -> str:
    """Return the processor and its number of cores."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores ({model})"


class Worker:
    """A subprocess of one environment that answers requests (see `_serve.py`) until it is closed."""

    def __init__(self, name: str, script: str, *arguments: str, environ: dict[str, str] | None = None):
        self.name = name
        # A file, because an unread pipe would fill up and block the worker.
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  (see close)
        settings = {
            "PYTHONPATH": str(CHECKOUT / "src"),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            # The peers are compared on the CPU, where all of them run.
            "CUDA_VISIBLE_DEVICES": "",
            "JAX_PLATFORMS": "cpu",
        }
        self._process = subprocess.Popen(
            [str(python_for(name)), str(HERE / script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, **settings, **(environ or {})},
        )

    def ask(self, do: str, **arguments: Any) -> Any:
        """Send one request and wait for its answer; raise `BenchmarkError` if the worker failed or died."""
        try:
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the empty read below says why
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            self._log.seek(0)
            last = (self._log.read().strip().splitlines() or ["no message"])[-1]
            raise BenchmarkError(f"{self.name}: the worker stopped with status {status}: {last}")
        answer = json.loads(line)
        if "error" in answer:
            raise BenchmarkError(f"{self.name}: {answer['error']}")
        return answer["ok"]

    def close(self) -> None:
        """End the worker."""
        with contextlib.suppress(BrokenPipeError):  # of one that died, and has not read its last request
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
