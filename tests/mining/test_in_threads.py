"""Pieces on several threads: in order, whoever did them; errors are raised; a forked child has its own threads."""

import multiprocessing
import os
import threading

import pytest

from semihard.mining._in_threads import in_threads


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("tasks", [0, 1, 2, 7, 100])
def test_results_are_in_the_order_of_the_tasks(threads, tasks):
    assert in_threads(lambda task: -task, range(tasks), threads) == [-task for task in range(tasks)]


def test_so_many_threads_work_at_a_time():
    together = threading.Barrier(3, timeout=60)
    assert len({*in_threads(lambda _: (together.wait(), threading.get_ident())[1], range(3), 3)}) == 3


@pytest.mark.parametrize("wrong", [0, 5])
def test_an_error_of_any_task_is_raised_and_nothing_works_on(wrong):
    working = set()

    def work(task):
        working.add(task)
        try:
            if task == wrong:
                raise ValueError(task)
        finally:
            working.discard(task)

    with pytest.raises(ValueError, match=str(wrong)):
        in_threads(work, range(50), 2)
    assert not working


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_forked_child_has_threads_of_its_own():
    """As a worker of PyTorch's DataLoader that computes a loss."""
    assert in_threads(abs, [-1, -2, -3], 2) == [1, 2, 3]
    child = multiprocessing.get_context("fork").Process(target=in_threads, args=(abs, [-1, -2, -3], 2))
    child.start()
    child.join(60)
    assert child.exitcode == 0
