"""A data set of Keras whose batches its own workers make, ahead of the one that is asked for."""

import pickle
import signal
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import keras

from semihard._core import checks

_CHILD: list[Any] = []  # in a worker process: its copy of the data set


class MadeAhead(keras.utils.PyDataset):
    """Batches 0, 1, … of each pass, made by `batch(step)` in threads or processes while Keras uses those before.

    Keras is told of one worker, and its own queue is left alone: that hands out what it prepared while a model was
    built once more as the first batches of training, and of evaluation.

    Args:
        workers: batches made at a time; 1 makes each when it is asked for.
        use_multiprocessing: in processes instead of threads.
        max_queue_size: most batches that are ready or being made.
    """

    def __init__(self, workers: int, use_multiprocessing: bool, max_queue_size: int) -> None:
        super().__init__()
        self.makers: int = checks.whole_number("workers", workers, 0)
        self._processes = bool(use_multiprocessing) and self.makers > 0
        self._most = checks.whole_number("max_queue_size", max_queue_size, 1)
        self._pass: _Pass | None = None

    def batch(self, step: int) -> Any:
        """The batch of this step, made here and now."""
        raise NotImplementedError

    def __getitem__(self, step: int) -> Any:
        current = self._pass  # read once: TensorFlow asks in a thread of its own
        return self.batch(step) if current is None else current.get(step)

    def on_epoch_begin(self) -> None:
        self._close()
        if self.makers > 1 or self._processes:
            pool: Executor = (
                ProcessPoolExecutor(self.makers, initializer=_begin_child, initargs=(self,))
                if self._processes
                else ThreadPoolExecutor(self.makers, thread_name_prefix="semihard_batches")
            )
            self._pass = _Pass(pool, _in_child if self._processes else self.batch, len(self), self._most)

    def on_epoch_end(self) -> None:
        self._close()

    def _close(self) -> None:
        """End the pass, if there is one; what it has made ahead is dropped."""
        if self._pass is not None:
            self._pass.pool.shutdown(wait=False, cancel_futures=True)
        self._pass = None

    def __getstate__(self) -> dict[str, Any]:
        # Worker processes get a copy, which makes batches when it is asked.
        return {**self.__dict__, "_pass": None}


class _Pass:
    """The batches of one pass: each is made once, in the order in which they are asked for."""

    def __init__(self, pool: Executor, make: Any, count: int, most: int) -> None:
        self.pool, self._make, self._count, self._most = pool, make, count, most
        self._made: dict[int, Future[Any]] = {}
        self._next = 0
        self._lock = threading.Lock()

    def get(self, step: int) -> Any:
        with self._lock:
            # Shuffled by Keras, the next are not known, and what is made ahead would pile up.
            last = min(step + self._most, self._count) if step == self._next else step + 1
            self._next = step + 1
            for ahead in range(step, last):
                if ahead not in self._made:
                    self._made[ahead] = self.pool.submit(self._make, ahead)
            wanted = self._made.pop(step)
        return wanted.result()


def _begin_child(data: MadeAhead) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
    _CHILD[:] = [data]


def _in_child(step: int) -> Any:
    try:
        return _CHILD[0].batch(step)
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301 - its own bytes
        except Exception:  # its own class of error may need other arguments, and would break the pool on its way
            raise RuntimeError(f"{type(error).__name__}: {error}") from None
        raise
