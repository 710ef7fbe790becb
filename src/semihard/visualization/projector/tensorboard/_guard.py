"""What TensorBoard's own server leaves open: requests of other sites, and runs that a link takes elsewhere."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def guarded(application: Application, folder: Path) -> Application:
    """Return a WSGI application that refuses what has no business with `folder`.

    * Another `Host` than this machine's own: a site in the browser could name its own host so that it resolves to
      127.0.0.1, and read the answers (DNS rebinding).
    * A run whose directory is not inside of `folder`. TensorBoard walks through links, and holds each run's files to
      the run's real directory only.
    """
    inside = folder.resolve()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        port = environ["SERVER_PORT"]
        if environ.get("HTTP_HOST") not in {f"127.0.0.1:{port}", f"localhost:{port}"}:
            return refuse(start_response, "403 Forbidden", b"Expected a request to 127.0.0.1.")
        for run in parse_qs(environ.get("QUERY_STRING", "")).get("run", []):
            if "\0" in run or not (inside / run).resolve().is_relative_to(inside):
                return refuse(start_response, "403 Forbidden", b"Expected a run inside of the log directory.")
        return application(environ, start_response)

    return answer


def refuse(start_response: Callable[..., Any], status: str, message: bytes) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(message)))]
    start_response(status, [*headers, ("X-Content-Type-Options", "nosniff")])
    return [message]
