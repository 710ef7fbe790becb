"""What a request is refused with: a status and a plain sentence, as JSON. Never a traceback or a path of the server."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

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
        self.status, self.sentence, self.more, self.headers = status, sentence, dict(more or {}), headers

    def response(self) -> JSONResponse:
        return JSONResponse({"error": self.sentence, **self.more}, self.status, self.headers)


def answer_problems(app: FastAPI) -> None:
    """Have every failure of an application answered by `Problem`."""

    @app.exception_handler(Problem)
    async def refused(request: Request, error: Problem) -> JSONResponse:
        return error.response()

    @app.exception_handler(HTTPException)
    async def of_the_library(request: Request, error: HTTPException) -> JSONResponse:
        sentence = f"{error.detail}."
        if error.status_code == 404:
            sentence = "There is nothing at this address. What there is stands at /."
        elif error.status_code == 405:
            sentence = f"This address does not take {request.method}. What it takes stands at /."
        return Problem(error.status_code, sentence, headers=error.headers).response()

    @app.exception_handler(RequestValidationError)
    async def wrong_query(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        name, said = first["loc"][-1], first["msg"][:1].lower() + first["msg"][1:]
        received = request.query_params.get(str(name), "")[:100]
        return Problem(422, f"Expected another `{name}`: {said}. Received: {received!r}.").response()

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        return Problem(500, BROKEN).response()
