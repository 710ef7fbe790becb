"""Standard output that cannot hold every character, that is closed, full, or read no more; and no terminal at all."""

import json
import os
import subprocess
import sys

import pytest

from semihard.visualization import write_tsv
from tests.cli.processes import start

COMMAND = f'{sys.executable} -c "from semihard.cli import command; command()"'


@pytest.fixture
def saved(tmp_path):
    write_tsv([[0.0], [0.1], [5.0], [5.1]], ["chaise longue", "chaise longue", "Stühle—", "Stühle—"], tmp_path)
    return tmp_path


def shell(text, **environment):
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", text], env=os.environ | environment, capture_output=True, timeout=100
    )
    return done.returncode, done.stdout, done.stderr.decode()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_characters_that_the_encoding_lacks_are_escaped(saved, encoding):
    status, out, err = shell(f"{COMMAND} evaluate {saved}", PYTHONIOENCODING=encoding)
    assert (status, err) == (0, "")
    assert "Stühle—".encode(encoding, "backslashreplace") in out


def test_a_reader_that_has_read_enough(saved):
    """As `| head` once it has its lines; what other programs in a pipe do, they die of SIGPIPE."""
    read, write = os.pipe()
    os.close(read)
    process = start(["evaluate", "."], stdout=write, cwd=saved)
    os.close(write)
    _, err = process.communicate(timeout=100)
    assert (process.returncode, err) == (141, "")


def test_a_disk_that_is_full(saved):
    status, out, err = shell(f"{COMMAND} evaluate {saved} >/dev/full")
    assert (status, out) == (1, b"")
    assert err.startswith("semihard: [Errno 28]")
    assert err.count("\n") == 1
    assert shell(f"{COMMAND} evaluate {saved}/none >/dev/full 2>/dev/full")[0] == 2


def test_streams_that_are_closed(saved):
    """The first file that is opened would get the number of the standard output, and what is printed."""
    figures = saved / "e.json"
    assert shell(f"{COMMAND} evaluate {saved} --json {figures} >&- 2>&- <&-")[0] == 0
    assert json.loads(figures.read_text())["scored"] == 4
