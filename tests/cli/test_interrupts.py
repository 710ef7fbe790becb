"""Ctrl-C, and the other signals that ask for the end: at moments when Python's own way to raise is lost.

Of a command whose work is made up, and needs no Keras; of a training they are in test_tutorial.py.
"""

import json
import os
import signal
import subprocess

import pytest
from PIL import Image

from semihard.visualization import write_tsv
from tests.cli.processes import end, start, wait_for

# In place of the tutorial; `{work}` is the body of its function.
INSTEAD = """
import types
{setup}
def run(out, **options):
    {work}
instead = types.ModuleType("mnist_tutorial")
instead.run = run
sys.modules["semihard.workflows.tutorial.mnist_tutorial"] = instead
"""


def tutorial(directory, work, setup="", **options):
    before = INSTEAD.format(setup=setup, work="\n    ".join(work.splitlines()))
    return start(["tutorial", "--out", str(directory)], before, **options)


@pytest.mark.parametrize(("number", "times"), [("SIGINT", 1), ("SIGINT", 3), ("SIGTERM", 1), ("SIGHUP", 1)])
def test_during_a_run(tmp_path, number, times):
    """One line, and a directory that says that its run is not finished."""
    setup = "import time\nfrom semihard._core.runs import run_directory"
    process = tutorial(tmp_path, "with run_directory(out):\n    print('here')\n    time.sleep(60)", setup)
    wait_for(process, "here")
    end(process, getattr(signal, number), times)
    assert [path.name for path in tmp_path.iterdir()] == ["unfinished"]
    (manifest,) = (tmp_path / "unfinished").iterdir()
    assert json.loads(manifest.read_text())["state"] == "running"


CASES = {
    # ctypes prints "Exception ignored" for what a callback raises, and goes on: numba's compiler calls so.
    "a callback from C": (
        "import ctypes, time\ncompare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)\n"
        "def slow(a, b):\n    print('here')\n    time.sleep(0.2)\n    return 0",
        "numbers = (ctypes.c_int * 64)()\nctypes.CDLL(None).qsort(numbers, 64, 4, compare(slow))",
    ),
    "a finalizer": (
        "import time\nclass Slow:\n    def __del__(self):\n        print('here')\n        time.sleep(3)",
        "slow = Slow()\ndel slow",
    ),
    "an except without a name": (
        "import time",
        "while True:\n    try:\n        print('here')\n        time.sleep(0.5)\n"
        "    except BaseException:\n        pass",
    ),
    "a main thread that never comes back": (
        "import ctypes",
        "print('here')\nwhile True:\n    ctypes.CDLL(None).sleep(60)",
    ),
    "a thread that the end of Python waits for": (
        "import concurrent.futures, threading",
        "concurrent.futures.ThreadPoolExecutor().submit(threading.Event().wait)\nprint('here')\n"
        "threading.Event().wait()",
    ),
    "numba compiles": (
        "import umap, numba\nfrom numba.core import compiler_machinery, event\n"
        "class Say(event.Listener):\n    def on_start(self, event):\n        print('here')\n"
        "    def on_end(self, event):\n        pass",
        "event.register('numba:compile', Say())\nfor _ in range(10**6):\n"
        "    numba.njit(lambda x: x + sum(range(3)))(1.0)",
    ),
    "a picture is drawn": (
        "import numpy as np\nfrom semihard import visualization",
        "points = np.random.default_rng(0).normal(size=(4000, 2))\n"
        "from matplotlib.figure import Figure\nsavefig = Figure.savefig\n"
        "Figure.savefig = lambda *a, **k: (print('here'), savefig(*a, **k))\n"
        "while True:\n    visualization.plot_embedding(points, np.arange(4000) % 40, out + '.png')",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_where_an_exception_would_be_lost(tmp_path, case):
    setup, work = CASES[case]
    process = tutorial(tmp_path / "out", work, setup)
    wait_for(process, "here")
    end(process)
    # Nor a hidden one of the picture, which may have been finished before the signal came: then it is whole.
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in left] in ([], ["out.png"] if case == "a picture is drawn" else [])
    for path in left:
        Image.open(path).load()


def test_a_file_that_is_being_written_goes_and_the_old_one_stays(tmp_path):
    (tmp_path / "figures.json").write_text("old")
    work = f"""
with whole_file({str(tmp_path / "figures.json")!r}) as handle:
    handle.write("half of it")
    handle.flush()
    print("here")
    time.sleep(60)
"""
    process = tutorial(tmp_path, work, "import time\nfrom semihard._core.files import whole_file")
    wait_for(process, "here")
    end(process)
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"]
    assert (tmp_path / "figures.json").read_text() == "old"


def test_a_reader_that_reads_no_more_does_not_hold_up_the_end(tmp_path):
    """The pipe is full and its writer waits; nobody takes the line either."""
    read, write = os.pipe()
    process = tutorial(tmp_path, "while True:\n    print('much ' * 1000)", stdout=write, stderr=write)
    os.close(write)
    while b"much" not in os.read(read, 4096):  # a backend may have something to say first
        pass
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    os.close(read)


def test_a_thread_that_never_ends_does_not_hold_up_the_end_of_a_command_that_is_done(tmp_path):
    work = "concurrent.futures.ThreadPoolExecutor().submit(threading.Event().wait)"
    process = tutorial(tmp_path, work, "import concurrent.futures, threading")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def test_what_is_ignored_stays_ignored(tmp_path):
    """A command that a script put into the background goes on when its terminal's Ctrl-C comes."""
    setup = "signal.signal(signal.SIGINT, signal.SIG_IGN)"
    process = tutorial(tmp_path, "print('here')\nsys.stdin.read()", setup, stdin=subprocess.PIPE)
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
