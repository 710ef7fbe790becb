"""Results come in the order of the tasks, and a failure where its result would have come."""

import threading

import pytest

from semihard.evaluation.search._in_parallel import in_parallel


def test_results_are_in_order_though_the_work_is_not():
    second = threading.Event()

    def work(task):
        if task == 0:
            assert second.wait(30), "the second task was not begun while the first was at work"
        if task == 1:
            second.set()
        return task

    assert list(in_parallel(work, range(9), 2)) == list(range(9))


def test_a_failure_comes_in_its_place_and_ends_the_work():
    begun = []

    def work(task):
        begun.append(task)
        if task == 2:
            raise KeyError(task)
        return task

    results = in_parallel(work, range(100), 2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(KeyError):
        next(results)
    assert max(begun) < 5


def test_leaving_early_takes_no_further_task():
    begun = []
    results = in_parallel(begun.append, range(100), 2)
    next(results)
    results.close()
    assert len(begun) < 5


def test_one_thread_is_this_one():
    assert list(in_parallel(lambda task: threading.current_thread(), range(3), 1)) == [threading.current_thread()] * 3
