"""Takes requests with pictures: so many at once, each within its time, the work in threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import Request

from semihard.workflows.serving._problem import Problem
from semihard.workflows.serving._uploads import Uploads, read_uploads
from semihard.workflows.serving.limits import Limits

# Decoding goes on side by side; a large picture takes some hundred megabytes meanwhile.
THREADS = 4


class Desk:
    """Hands requests to threads.

    A place is taken until the work is done, even if nobody waits for it any more: a thread cannot be stopped, and slow
    work must not pile up behind answers that say that it was too slow.

    Args:
        limits: of a request.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits, self._free = limits, limits.at_once
        self._threads = ThreadPoolExecutor(THREADS, "semihard-serve")
        # One at a time.
        self._writer = ThreadPoolExecutor(1, "semihard-add")

    async def answer(
        self,
        request: Request,
        work: Callable[[Uploads], Any],
        *,
        words: frozenset[str] = frozenset(),
        write: Callable[[Any], Any] | None = None,
    ) -> Any:
        """Read a request, and return what `work` makes of it; or what `write` makes of that.

        Args:
            request: to read.
            work: called in a thread. It has to be done in time.
            words: that the request may have.
            write: called in a thread after that, one at a time; it takes the time that it takes, so that a request that
                was too slow has written nothing.

        Raises:
            Problem: too many requests, or this one took too long.
        """
        if not self._free:
            raise Problem(
                503,
                f"Expected at most {self.limits.at_once} requests at once. Received: more. Try again in a second.",
                headers={"Retry-After": "1"},
            )
        self._free -= 1
        running: asyncio.Future[Any] | None = None
        try:
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(self.limits.seconds):
                uploads = await read_uploads(request, self.limits, words)
                running = loop.run_in_executor(self._threads, work, uploads)
                found = await asyncio.shield(running)
            if write is not None:
                running = loop.run_in_executor(self._writer, write, found)
                found = await asyncio.shield(running)
            return found
        except TimeoutError as error:
            late = f"within {self.limits.seconds:g} seconds. Received: none"
            if running is None:
                raise Problem(408, f"Expected a whole request {late}. Send smaller pictures, or fewer.") from error
            raise Problem(504, f"Expected an answer {late}, and nothing was kept. Send fewer pictures.") from error
        finally:
            if running is None or running.done():
                self._free += 1
            else:
                running.add_done_callback(self._done)

    def _done(self, running: "asyncio.Future[Any]") -> None:
        self._free += 1
        if not running.cancelled():
            running.exception()  # of which nobody is left to hear
