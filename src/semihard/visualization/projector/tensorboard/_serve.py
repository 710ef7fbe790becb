"""TensorBoard's own server, for one log directory, on this machine alone."""

import contextlib
import http.client
import json
import logging
import os
import sys
import threading
import time
import types
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from semihard._core import checks
from semihard._core.extras import TENSORBOARD, MissingPackage
from semihard.visualization.projector.config import CONFIG
from semihard.visualization.projector.tensorboard._guard import Application, guarded

# The first that holds the files of a config to its directory.
OLDEST = (2, 21)


def serve(log_directory: str | os.PathLike[str], port: int = 0, *, open_browser: bool = True) -> None:
    """Show embeddings in TensorBoard's projector until Ctrl-C, which raises `KeyboardInterrupt`; prints the address.

    Args:
        log_directory: what `write_log_directory`, `write_projector_config` or the callback `EmbeddingProjector` wrote.
        port: 0 for any that is free.
        open_browser: open the page in the browser.

    Raises:
        ImportError, OSError, TypeError, ValueError: as `serve_in_background`.
    """
    with serve_in_background(log_directory, port) as url:
        print(f"TensorBoard's projector is at {url} (Ctrl-C ends it)", flush=True)
        if open_browser:
            webbrowser.open(url)
        wait_for_ctrl_c()


def wait_for_ctrl_c() -> None:
    threading.Event().wait()


@contextlib.contextmanager
def serve_in_background(log_directory: str | os.PathLike[str], port: int = 0) -> Iterator[str]:
    """Run TensorBoard with its projector alone while the block runs; yields the address of the page.

    It listens on 127.0.0.1 and serves nothing but itself and the files that the configs in `log_directory` name, which
    must lie there. It never imports TensorFlow. It reads the configs once: tensors that a training adds later show when
    it is started again.

    Args:
        log_directory: a directory with `projector_config.pbtxt`.
        port: 0 for any that is free.

    Raises:
        ImportError: TensorBoard is not installed, or one before 2.21, which serves files from anywhere.
        OSError: the port is taken.
        TypeError: `port` is not a whole number.
        ValueError: no config in `log_directory`, or none that TensorBoard can read.

    Example:
        >>> import tempfile, urllib.request, numpy as np
        >>> from semihard.visualization import write_projector_config, write_tensor
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = write_projector_config(folder, [write_tensor(np.eye(3), folder / "vecs.bytes")])
        >>> with serve_in_background(folder) as url:
        ...     status = urllib.request.urlopen(url).status
        >>> status
        200
    """
    port = checks.whole_number("port", port, 0)
    folder = Path(log_directory).resolve()
    if not (folder / CONFIG).is_file():
        raise ValueError(f"Expected {log_directory} to hold {CONFIG}. Received: no such file. Write it first.")
    program, plugins = _tensorboard()
    servers: list[Any] = []

    def server_of(application: Application, flags: Any) -> Any:
        servers.append(program.WerkzeugServer(guarded(application, folder), flags))
        return servers[0]

    # The page asks for plugins that are not there, and TensorBoard warns of each such request.
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    board = program.TensorBoard(plugins=plugins, server_class=server_of)
    # A data server of its own would be another process, for curves that are not shown; and a thread that looks for new
    # events every few seconds would outlive the server.
    board.configure(logdir=str(folder), host="127.0.0.1", port=port, load_fast="false", reload_interval=0)
    try:
        url = board.launch()
    except program.TensorBoardServerException as error:
        raise OSError(f"{error.msg}. Choose another port, or 0 for any.") from error
    try:
        _wait_for_embeddings(servers[0].server_port, folder)
        yield f"{url}#projector"
    finally:
        servers[0].shutdown()
        servers[0].server_close()


def _wait_for_embeddings(port: int, folder: Path) -> None:
    """Return when the page will show the projector; before, it would say that there is nothing to show."""
    if not _get(port, "/data/plugin/projector/runs"):  # which reads the configs and the tensors
        raise ValueError(
            f"Expected embeddings in {folder}. Received: none that TensorBoard can read. Write them again."
        )
    while not _get(port, "/data/plugins_listing")["projector"]["enabled"]:  # found out in a thread that has just begun
        time.sleep(0.02)


def _get(port: int, path: str) -> Any:
    # Not urllib, which would ask a proxy.
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return json.load(response) if response.status == 200 else None
    finally:
        connection.close()


def _tensorboard() -> tuple[Any, list[Any]]:
    # By this name TensorBoard asks whether it shall do without TensorFlow, whose import takes seconds.
    sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("notf"))
    try:
        from tensorboard import program, version
        from tensorboard.plugins.core import core_plugin
        from tensorboard.plugins.projector import projector_plugin
    except ImportError as error:
        raise MissingPackage("tensorboard", TENSORBOARD, error) from error
    if tuple(map(int, version.VERSION.split(".")[:2])) < OLDEST:
        raise MissingPackage("tensorboard 2.21 or newer", TENSORBOARD, version.VERSION)
    return program, [core_plugin.CorePluginLoader(), projector_plugin.ProjectorPlugin]
