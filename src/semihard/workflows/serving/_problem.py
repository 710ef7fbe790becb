"""What a request is refused with: a status and a plain sentence, as JSON. Never a traceback or a path of the server."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException

from semihard.workflows.serving._answer import Answer

BROKEN = "The server failed at this. What went wrong stands in its terminal."


class Problem(Exception):
    """Ends a request.

    Args:
        status: of HTTP.
        sentence: for whoever asked.
        more: what else the answer holds.
        headers: of the answer.
    """

    def __init__(
        self,
        status: int,
        sentence: str,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.more, self.headers = status, sentence, dict(more or {}), dict(headers or {})

    def response(self) -> Answer:
        # Or the server reads what is left of a body that was refused, to get at the next request.
        headers = {**self.headers, "Connection": "close"}
        return Answer({"error": self.sentence, **self.more}, self.status, headers)


def answer_problems(app: FastAPI) -> None:
    """Have every failure of an application answered by `Problem`."""

    @app.exception_handler(Problem)
    async def refused(request: Request, error: Problem) -> Answer:
        return error.response()

    @app.exception_handler(HTTPException)
    async def of_the_library(request: Request, error: HTTPException) -> Answer:
        sentence = f"{error.detail}."
        if error.status_code == 404:
            sentence = "There is nothing at this address. What there is stands at /."
        elif error.status_code == 405:
            sentence = f"This address does not take {request.method}. What it takes stands at /."
        return Problem(error.status_code, sentence, headers=error.headers).response()

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Answer:
        return Problem(500, BROKEN).response()
