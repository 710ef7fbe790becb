"""While a search runs, each product has one thread; afterwards as many as before, and the answers are the same."""

import contextlib
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from semihard.evaluation import nearest_neighbors, neighbor_blocks
from semihard.evaluation.search import PreparedGallery, _blas
from semihard.evaluation.search._blas import _leave, single_threaded_blas


def threads():
    return {library["num_threads"] for library in ThreadpoolController().select(user_api="blas").info()}


def nearest(points):
    found = np.full((len(points), 3), -1)
    for block in neighbor_blocks(points, depth=3, memory=2**18):
        found[block.rows] = block.items[:, :3]
    return found


@pytest.fixture
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        _leave(ThreadpoolController())
        assert threads() == {2}
        yield


@pytest.fixture
def three_threads():
    """That live on after what they were asked to do."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(ThreadPoolExecutor(1)) for _ in range(3)]


@pytest.mark.usefixtures("two_threads")
def test_the_last_of_several_searches_gives_the_threads_back():
    first, second = single_threaded_blas(), single_threaded_blas()
    assert first.__enter__() and second.__enter__()
    assert threads() == {1}
    first.__exit__(None, None, None)
    assert threads() == {1}
    second.__exit__(None, None, None)
    assert threads() == {2}


@pytest.mark.usefixtures("two_threads")
def test_a_search_that_is_left_halfway_gives_the_threads_back():
    points = np.random.default_rng(0).normal(size=(500, 8)).astype(np.float32)
    blocks = neighbor_blocks(points, depth=3, memory=2**16)
    next(blocks)
    assert threads() == {1}
    blocks.close()
    assert threads() == {2}


@pytest.mark.usefixtures("two_threads")
def test_whichever_thread_searches_first_or_last(three_threads):
    """From threadpoolctl 3.8 on one thread alone can set the limits, as long as it lives and does not leave them."""
    first, second, third = (thread.submit for thread in three_threads)
    searches = [single_threaded_blas(), single_threaded_blas()]
    assert [first(searches[0].__enter__).result(), second(searches[1].__enter__).result()] == [True, True]
    assert threads() == {1}
    first(searches[0].__exit__, None, None, None).result()
    second(searches[1].__exit__, None, None, None).result()
    assert threads() == {2}
    third(threadpool_limits, 1, "blas").result()
    assert threads() == {1}


@pytest.mark.usefixtures("two_threads")
def test_where_another_thread_holds_the_limits_its_number_is_kept(three_threads):
    """Before threadpoolctl 3.8 nobody held them, and the search set its own."""
    holder, searcher, _ = (thread.submit for thread in three_threads)
    held = holder(threadpool_limits, 2, "blas").result()
    search = single_threaded_blas()
    single = searcher(search.__enter__).result()
    assert threads() == ({1} if single else {2})
    searcher(search.__exit__, None, None, None).result()
    assert threads() == {2}
    holder(held.__enter__).result()
    holder(held.__exit__, None, None, None).result()


def test_without_threadpoolctl_the_answers_are_the_same(monkeypatch):
    points = np.random.default_rng(0).normal(size=(500, 8)).astype(np.float32)
    expected = nearest(points)
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    monkeypatch.setattr(_blas, "_libraries", _blas._libraries.__wrapped__)
    with single_threaded_blas() as single:
        assert not single
    np.testing.assert_array_equal(nearest(points), expected)


def test_few_queries_wait_for_no_thread_and_for_no_look_at_all_libraries(monkeypatch):
    """Either takes longer than the search of a query in a thousand items."""
    gallery = PreparedGallery(np.random.default_rng(0).normal(size=(1000, 8)).astype(np.float32))
    before = nearest_neighbors(gallery.vectors[:5], gallery, k=3)
    monkeypatch.setattr("threadpoolctl.ThreadpoolController", None)
    monkeypatch.setattr("semihard.evaluation.search._in_parallel.ThreadPoolExecutor", None)
    after = nearest_neighbors(gallery.vectors[:5], gallery, k=3)
    assert [part.tolist() for part in after] == [part.tolist() for part in before]
