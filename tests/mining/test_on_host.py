"""Threads that mine a batch."""

import os
import subprocess
import sys
import threading

import pytest

from semihard.mining import _numpy_search, _on_host


@pytest.mark.parametrize(
    ("first", "anchors", "references", "threads"), [(0, 1, 1, 1), (0, 7, 9, 3), (5, 1024, 1024, 2)]
)
def test_pieces_are_all_anchors_once(first, anchors, references, threads):
    pieces = _numpy_search.pieces(first, anchors, references, threads)
    assert [i for piece in pieces for i in range(piece.start, piece.stop)] == [*range(first, anchors)]
    assert all((piece.stop - piece.start) * references <= max(_numpy_search.AT_ONCE, references) for piece in pieces)


def test_a_small_batch_is_mined_where_it_is():
    names = []
    _on_host.in_threads(lambda piece: names.append(threading.current_thread().name), [slice(0, 3)], 2)
    assert names == [threading.current_thread().name]


def test_results_come_in_order():
    assert [*_on_host.in_threads(lambda piece: piece.start, [slice(i, i + 1) for i in range(50)], 4)] == [*range(50)]


def test_a_failure_in_a_thread_is_raised():
    with pytest.raises(ZeroDivisionError):
        [*_on_host.in_threads(lambda piece: 1 // piece.start, [slice(1, 2), slice(0, 1)], 2)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is POSIX's")
def test_a_forked_process_has_threads_of_its_own(tmp_path):
    """In a process without TensorFlow's or JAX's threads, which do not like to be forked."""
    program = tmp_path / "fork.py"
    program.write_text(FORK)
    done = subprocess.run([sys.executable, program], timeout=120, check=False)
    assert done.returncode == 0


FORK = """
import os
from semihard.mining import _on_host

pieces = [slice(i, i + 1) for i in range(9)]
work = lambda piece: piece.start
assert _on_host.in_threads(work, pieces, 2) == [*range(9)]
child = os.fork()
if not child:
    os._exit(0 if _on_host.in_threads(work, pieces, 2) == [*range(9)] else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
