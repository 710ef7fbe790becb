"""The server: uvicorn, on this machine alone unless it is told otherwise."""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Iterator

import numpy as np

from semihard._core import checks
from semihard._core.extras import SERVE, MissingPackage
from semihard.workflows.exporting import Bundle
from semihard.workflows.serving._application import application
from semihard.workflows.serving.limits import Limits
from semihard.workflows.serving.loopback import is_loopback

try:
    import uvicorn

    from semihard.workflows.serving._deadline import with_deadline
except ImportError as error:
    raise MissingPackage("uvicorn", SERVE, error) from error

# Seconds that requests have to end in when the server does.
CLOSING = 2


def serve(
    bundle: Bundle,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    limits: Limits | None = None,
    allow_add: bool = False,
    allow_remote: bool = False,
) -> None:
    """Serve a bundle until Ctrl-C, which raises `KeyboardInterrupt`; prints the address.

    Args:
        bundle, host, port, limits, allow_add, allow_remote: as of `serve_in_background`.

    Raises:
        ImportError, OSError, TypeError, ValueError: as `serve_in_background`.
    """
    with serve_in_background(
        bundle, host=host, port=port, limits=limits, allow_add=allow_add, allow_remote=allow_remote
    ) as url:
        print(f"Serving at {url} (Ctrl-C ends it)", flush=True)
        wait_for_ctrl_c()


def wait_for_ctrl_c() -> None:
    threading.Event().wait()


@contextlib.contextmanager
def serve_in_background(
    bundle: Bundle,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    limits: Limits | None = None,
    allow_add: bool = False,
    allow_remote: bool = False,
) -> Iterator[str]:
    """Serve a bundle while the block runs; yields the address.

    Args:
        bundle: as `semihard.workflows.exporting.Bundle.open` returns it.
        host: the address or name of this machine to listen at.
        port: 0 for any that is free.
        limits: of a request.
        allow_add: whether `/add` may add to the bundle's gallery, in its directory.
        allow_remote: whether `host` may be one that other machines reach. Whoever reaches it can use it, unencrypted.

    Raises:
        ImportError: FastAPI, uvicorn or python-multipart is not installed.
        OSError: the port is taken, or the host is none of this machine's.
        TypeError, ValueError: `port` is no port, `host` is reached by others, or as of `application`.

    Example:
        >>> import json, keras, pathlib, semihard, tempfile, urllib.request
        >>> from semihard.data import Preprocessing
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]).save(folder / "model.keras")
        >>> _ = Preprocessing(8).to_json(folder / "preprocessing.json")
        >>> _ = semihard.export(folder, folder / "bundle", formats=())
        >>> with serve_in_background(Bundle.open(folder / "bundle")) as url:
        ...     told = json.load(urllib.request.urlopen(f"{url}/health"))
        >>> told["status"], told["dim"]
        ('ok', 192)
    """
    if not 0 <= checks.whole_number("port", port, 0) <= 65535:
        raise ValueError(f"Expected `port` from 0 to 65535. Received: {port}.")
    if not allow_remote and not is_loopback(host):
        raise ValueError(
            f"Expected `host` to be this machine's own, such as 127.0.0.1. Received: {host!r}, which others may reach. "
            "Pass allow_remote=True if they shall."
        )
    limits = Limits() if limits is None else limits
    app = application(bundle, limits, allow_add=allow_add, host=host)
    # Now, rather than in the time of the first request: some runtimes compile.
    shape = bundle.preprocessing.shape
    bundle.embed(bundle.preprocessing.scale(np.zeros((1, *shape), np.uint8)))
    with _listening(host, port) as listener:
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http=with_deadline(limits.seconds),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=CLOSING,
        )
        server = uvicorn.Server(config)
        # Not the main thread, where uvicorn would take Ctrl-C for itself.
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield _url(listener)
        finally:
            # What is broken off now is no news.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            server.should_exit = True
            thread.join(CLOSING + 1)


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens already: who knows the address is answered, if a moment later."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise OSError(f"Expected an address of this machine. Received: {host!r} ({error.strerror}).") from error
    with socket.socket(family, kind, protocol) as listener:
        if os.name == "posix":  # elsewhere it lets two programs have one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(128)
        except OSError as error:
            raise OSError(
                f"Expected {host} port {port} to be free. Received: {error.strerror}. "
                "Choose another port, or 0 for any that is free."
            ) from error
        yield listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
