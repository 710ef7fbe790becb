"""Pieces of a batch on as many threads as PyTorch has: NumPy lets go of Python's lock while it computes."""

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_threads(work: Callable[[Task], Result], tasks: Sequence[Task], threads: int) -> list[Result]:
    """`work(task)` of each task, in their order, whoever did it. This thread is one of the threads."""
    helpers = min(threads, len(tasks)) - 1
    if helpers < 1:
        return [work(task) for task in tasks]
    waiting, done = deque(enumerate(tasks)), dict[int, Result]()

    def take() -> None:
        while waiting:
            try:
                i, task = waiting.popleft()
            except IndexError:  # another thread was faster
                return
            done[i] = work(task)

    futures = [_pool(threads - 1).submit(take) for _ in range(helpers)]
    try:
        take()
    finally:
        waiting.clear()  # after an error nobody begins another
        for future in futures:
            if not future.cancel():
                future.exception()  # waits: nobody writes into what the caller has gone on with
    for future in futures:
        if not future.cancelled():
            future.result()
    return [done[i] for i in range(len(tasks))]


@cache
def _pool(threads: int) -> Any:
    """Threads that stay: to start one takes as long as to mine a small batch."""
    return ThreadPoolExecutor(threads, thread_name_prefix="semihard-mining")


if hasattr(os, "register_at_fork"):  # a child has none of its parent's threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
