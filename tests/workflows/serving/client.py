"""A stand-in for a bundle, a server of it, and a client on a real socket."""

import contextlib
import http.client
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from semihard.data import Preprocessing
from semihard.gallery import Gallery
from semihard.workflows.serving import serve_in_background

COLORS = {"red": (200, 0, 0), "green": (0, 200, 0), "blue": (0, 0, 200)}


class Means:
    """Embeds a picture as its mean color."""

    runtime, dim, model = "onnx", 3, "sha256:means"
    preprocessing = Preprocessing((8, 6))

    def __init__(self, folder: Path | None = None, threshold: float | None = 60.0) -> None:
        self.gallery_path, self.gallery = folder, None
        if folder is not None:
            self.gallery = Gallery.create(
                np.array(list(COLORS.values()), np.float32), list(COLORS), model=self.model, threshold=threshold
            )
            self.gallery.save(folder)

    def embed(self, pixels):
        return pixels.reshape(len(pixels), -1, 3).mean(axis=1, dtype=np.float32)


def png(color=(190, 10, 0), size=(20, 30)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


def form(*parts) -> dict:
    """(name, text) or (name, file name, bytes) of each part, as `asked` wants it."""
    body = b""
    for name, *rest in parts:
        file = f'; filename="{rest[0]}"' if len(rest) == 2 else ""
        content = rest[-1] if isinstance(rest[-1], bytes) else rest[-1].encode()
        body += f'--edge\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"
    return {"body": body + b"--edge--\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=edge"}}


class Client:
    """Asks the server at an address."""

    def __init__(self, url: str) -> None:
        self.url, self.address = url, urlsplit(url).netloc

    def asked(self, method: str, path: str, body=None, headers=None) -> tuple[int, dict, dict]:
        """Status, JSON and headers of the answer."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read()), dict(answer.getheaders())
        finally:
            connection.close()

    def post(self, path: str, body=b"", headers=None) -> tuple[int, dict]:
        return self.asked("POST", path, body, headers)[:2]


@contextlib.contextmanager
def client(bundle, **options) -> Iterator[Client]:
    with serve_in_background(bundle, **options) as url:
        yield Client(url)


def until(true) -> None:
    """Wait for what another thread is about to do."""
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)
