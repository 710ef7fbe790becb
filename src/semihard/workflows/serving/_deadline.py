"""Connections that ask nothing, or take their time with it, are closed; uvicorn waits for headers without end."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


def with_deadline(seconds: float) -> type[H11Protocol]:
    """Return uvicorn's protocol, which closes a connection when no request was answered on it for so long.

    The time runs from the first moment, or from the last answer, until all headers of a request are there; a byte now
    and then does not begin it anew. From there on the application counts.

    Args:
        seconds: that the headers may take, and a client to read its answer.

    Example:
        >>> with_deadline(5.0).seconds
        5.0
    """
    return type("Deadline", (_Deadline,), {"seconds": seconds})


class _Deadline(H11Protocol):
    seconds: float
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop()

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._late is None:
            # Not `close`, which would wait for a client that does not read.
            self._late = self.loop.call_later(self.seconds, self.transport.abort)

    def _stop(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
