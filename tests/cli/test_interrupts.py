"""Ctrl-C, and the other signals that ask for the end: at moments when Python's own way to raise is lost."""

import json
import os
import signal
import subprocess

import pytest
from PIL import Image

from semihard.visualization import write_tsv
from tests.cli.processes import own_lines, start

LINE = "semihard: interrupted; every file that was written is whole."


def wait_for(process, line):
    for printed in process.stdout:
        if line in printed:
            return
    raise AssertionError(process.stderr.read())


def end(process, number=signal.SIGINT, times=1):
    for _ in range(times):
        process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    assert own_lines(err) == [LINE]
    assert "Traceback" not in err
    assert "Exception ignored" not in err


def tutorial(directory, before):
    return start(["tutorial", "--epochs", "2", "--out", str(directory)], before)


@pytest.mark.parametrize(("number", "times"), [("SIGINT", 1), ("SIGINT", 3), ("SIGTERM", 1), ("SIGHUP", 1)])
def test_during_training(tmp_path, number, times):
    """Once the first epoch runs: one line, and a directory that says that its run is not finished."""
    process = tutorial(tmp_path, "")
    wait_for(process, "Epoch 1/2")
    end(process, getattr(signal, number), times)
    assert [path.name for path in tmp_path.iterdir()] == ["unfinished"]
    (manifest,) = (tmp_path / "unfinished").iterdir()
    assert json.loads(manifest.read_text())["state"] == "running"


SWALLOWED = """
from semihard.workflows.tutorial import mnist_tutorial
{setup}
def run(out, **options):
    {work}
mnist_tutorial.run = run
"""
CASES = {
    # ctypes prints "Exception ignored" for what a callback raises, and goes on: numba's compiler calls so.
    "a callback from C": (
        "import ctypes, time\ncompare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)\n"
        "def slow(a, b):\n    print('here')\n    time.sleep(0.2)\n    return 0",
        "numbers = (ctypes.c_int * 64)()\n    ctypes.CDLL(None).qsort(numbers, 64, 4, compare(slow))",
    ),
    "a finalizer": (
        "import time\nclass Slow:\n    def __del__(self):\n        print('here')\n        time.sleep(3)",
        "slow = Slow()\n    del slow",
    ),
    "an except without a name": (
        "import time",
        "while True:\n        try:\n            print('here')\n            time.sleep(0.5)\n"
        "        except BaseException:\n            pass",
    ),
    "a main thread that never comes back": (
        "import ctypes",
        "print('here')\n    while True:\n        ctypes.CDLL(None).sleep(60)",
    ),
    "a thread that the end of Python waits for": (
        "import concurrent.futures, threading",
        "concurrent.futures.ThreadPoolExecutor().submit(threading.Event().wait)\n    print('here')\n"
        "    threading.Event().wait()",
    ),
    "numba compiles": (
        "import umap, numba\nfrom numba.core import compiler_machinery, event\n"
        "class Say(event.Listener):\n    def on_start(self, event):\n        print('here')\n"
        "    def on_end(self, event):\n        pass",
        "event.register('numba:compile', Say())\n    for _ in range(10**6):\n"
        "        numba.njit(lambda x: x + sum(range(3)))(1.0)",
    ),
    "a picture is drawn": (
        "import numpy as np\nfrom semihard import visualization",
        "points = np.random.default_rng(0).normal(size=(4000, 2))\n"
        "    from matplotlib.figure import Figure\n    savefig = Figure.savefig\n"
        "    Figure.savefig = lambda *a, **k: (print('here'), savefig(*a, **k))\n"
        "    while True:\n        visualization.plot_embedding(points, np.arange(4000) % 40, out + '.png')",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_where_an_exception_would_be_lost(tmp_path, case):
    setup, work = CASES[case]
    process = tutorial(tmp_path / "out", SWALLOWED.format(setup=setup, work=work))
    wait_for(process, "here")
    end(process)
    # Nor a hidden one of the picture, which may have been finished before the signal came: then it is whole.
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in left] in ([], ["out.png"] if case == "a picture is drawn" else [])
    for path in left:
        Image.open(path).load()


def test_a_file_that_is_being_written_goes_and_the_old_one_stays(tmp_path):
    (tmp_path / "figures.json").write_text("old")
    before = f"""
from semihard._core.files import whole_file
from semihard.workflows.tutorial import mnist_tutorial
def run(out, **options):
    import time
    with whole_file({str(tmp_path / "figures.json")!r}) as handle:
        handle.write("half of it")
        handle.flush()
        print("here")
        time.sleep(60)
mnist_tutorial.run = run
"""
    process = tutorial(tmp_path, before)
    wait_for(process, "here")
    end(process)
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"]
    assert (tmp_path / "figures.json").read_text() == "old"


def test_a_reader_that_reads_no_more_does_not_hold_up_the_end(tmp_path):
    """The pipe is full and its writer waits; nobody takes the line either."""
    before = """
from semihard.workflows.tutorial import mnist_tutorial
def run(out, **options):
    while True:
        print("much " * 1000)
mnist_tutorial.run = run
"""
    read, write = os.pipe()
    process = start(["tutorial"], before, stdout=write, stderr=write)
    os.close(write)
    while b"much" not in os.read(read, 4096):  # a backend may have something to say first
        pass
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    os.close(read)


def test_a_thread_that_never_ends_does_not_hold_up_the_end_of_a_command_that_is_done(tmp_path):
    before = """
import concurrent.futures, threading
from semihard.workflows.tutorial import mnist_tutorial
mnist_tutorial.run = lambda out, **options: concurrent.futures.ThreadPoolExecutor().submit(threading.Event().wait)
"""
    process = tutorial(tmp_path, before)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def test_what_is_ignored_stays_ignored(tmp_path):
    """A command that a script put into the background goes on when its terminal's Ctrl-C comes."""
    before = """
signal.signal(signal.SIGINT, signal.SIG_IGN)
from semihard.workflows.tutorial import mnist_tutorial
def run(out, **options):
    print("here")
    sys.stdin.read()
mnist_tutorial.run = run
"""
    process = start(["tutorial"], before, stdin=subprocess.PIPE)
    wait_for(process, "here")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate("", timeout=60)
    assert process.returncode == 0, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_closes_itself_and_ends_as_any_other_command(tmp_path, number):
    write_tsv([[0.0, 1.0], [1.0, 0.0], [2.0, 0.0]], list("aab"), tmp_path)
    process = start(["view", str(tmp_path), "--tensorboard", "--no-open"])
    wait_for(process, "(Ctrl-C ends it)")
    end(process, number)
