"""The worker's half of the conversation: one JSON request a line on stdin, one JSON answer a line on stdout.

Runs inside a peer's environment, so it needs nothing but the standard library.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def serve(commands: dict[str, Callable[..., Any]]) -> None:
    """Answer `{"do": name, **arguments}` with what `commands[name](**arguments)` returns, until stdin ends."""
    # Libraries print progress and warnings to file descriptor 1, also from C++; the answers need it for themselves.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # A case that does not fit ends its worker, not somebody else's program.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    commands = {"source": _source, **commands}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": commands[request.pop("do")](**request)}
        except Exception as error:
            first_line = (str(error).splitlines() or [""])[0]
            answer = {"error": f"{type(error).__name__}: {first_line}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _source() -> str:
    """Return where the semihard lies that this worker runs."""
    import semihard

    return semihard.__file__
