"""Answers in JSON, of any text, that no browser takes for something else or keeps."""

import json
from typing import Any

from fastapi.responses import JSONResponse


class Answer(JSONResponse):
    """In ASCII, whose escapes hold what names of files may and UTF-8 may not: lone surrogates."""

    def __init__(self, content: Any, status: int = 200, headers: Any = None) -> None:
        own = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        super().__init__(content, status, own | dict(headers or {}))

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False).encode("ascii")
