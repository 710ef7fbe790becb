"""The driver's half of the conversation with a subprocess of one environment."""

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.harness.checkout import CHECKOUT, BenchmarkError
from benchmarks.harness.environments import OURS, python_for


class Worker:
    """A subprocess of one environment that answers requests (see `serve.py`) until it is closed."""

    def __init__(
        self,
        name: str,
        module: str,
        *arguments: str,
        environ: dict[str, str] | None = None,
        checkout: Path = CHECKOUT,
    ):
        """Start `module` of these benchmarks in the environment of the peer, or of our backend, `name`.

        Ours is the semihard of `checkout`.
        """
        self.name = name
        # A file, because an unread pipe would fill up and block the worker.
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  (see close)
        settings = {
            "PYTHONPATH": os.pathsep.join([str(checkout / "src"), str(CHECKOUT)]),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            # The peers are compared on the CPU, where all of them run.
            "CUDA_VISIBLE_DEVICES": "",
            "JAX_PLATFORMS": "cpu",
            **({"KERAS_BACKEND": name} if name in OURS else {}),
        }
        self._process = subprocess.Popen(
            [str(python_for(name)), "-m", f"benchmarks.{module}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=CHECKOUT,
            env={**os.environ, **settings, **(environ or {})},
        )
        if checkout != CHECKOUT and not Path(source := self.ask("source")).is_relative_to(checkout):
            self.close()
            raise BenchmarkError(f"Expected the semihard of {checkout}. Received: {source}.")

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
            if status == -9:
                raise BenchmarkError(f"{self.name}: the worker was killed, as the system does for want of memory")
            self._log.seek(0)
            last = (self._log.read().strip().splitlines() or ["no message"])[-1]
            raise BenchmarkError(f"{self.name}: the worker stopped with status {status}: {last}")
        answer = json.loads(line)
        if "error" in answer:
            raise BenchmarkError(f"{self.name}: {answer['error']}")
        return answer["ok"]

    def kill(self) -> None:
        """Stop the worker at its work, from another thread: the question that is open fails."""
        self._process.kill()

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


class Workers:
    """Workers by name, each started when it is first asked, and anew after it failed."""

    def __init__(self, start: Callable[[str], Worker]):
        self._start = start
        self._alive: dict[str, Worker] = {}

    def ask(self, name: str, do: str, **arguments: Any) -> Any:
        """Ask the worker of this name as `Worker.ask` does; one that fails is closed."""
        try:
            if name not in self._alive:
                self._alive[name] = self._start(name)
            return self._alive[name].ask(do, **arguments)
        except BenchmarkError:
            if name in self._alive:
                self._alive.pop(name).close()
            raise

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        while self._alive:
            self._alive.popitem()[1].close()
