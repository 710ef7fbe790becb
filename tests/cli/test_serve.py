"""`semihard serve`: the address in one line, Ctrl-C, and what is wrong in one line."""

import json
import re
import signal
import socket
import urllib.request

import pytest

import semihard
from semihard import cli
from semihard.cli import serve
from semihard.workflows.exporting._runtimes import RUNTIMES
from tests.cli.processes import own_lines, start
from tests.workflows.searching.shapes import indexed

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = indexed(tmp_path_factory.mktemp("made"), classes=2, each=2, threshold=1.0)
    semihard.export(folder / "gallery", folder / "bundle", formats=())
    semihard.export(folder / "run", folder / "bare", formats=())
    return folder


def asked(url, photo=None):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url, None if photo is None else photo.read_bytes(), timeout=30) as answer:
        return json.load(answer)


def test_the_runtimes_are_those_of_bundles():
    assert set(serve.RUNTIMES) == set(RUNTIMES)


@pytest.mark.once
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_until_it_is_told_to_end(made, number):
    process = start(["serve", "bundle", "--port", "0", "--allow-add", "--host", "0.0.0.0", "--allow-remote"])
    url = re.fullmatch(r"Serving at (http://0\.0\.0\.0:\d+) \(Ctrl-C ends it\)\n", process.stdout.readline())[1]
    url = url.replace("0.0.0.0", "127.0.0.1")
    assert asked(f"{url}/match", made / "photos/shape_01/0.png")["queries"][0]["name"] == "shape_01"
    assert asked(f"{url}/health")["runtime"] in ("onnx", "litert", "keras")
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as hanging:
        hanging.sendall(b"POST /embed HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nonly this")
        asked(f"{url}/health")  # by now it has come
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (128 + number, "")
    assert own_lines(err) == [
        "semihard: whoever reaches 0.0.0.0 can use this server: no password, no encryption.",
        "semihard: interrupted; every file that was written is whole.",
    ]
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["nowhere"], 1, "Expected a bundle"),
        (["run"], 1, "Expected a bundle"),
        (["bundle", "--host", "0.0.0.0"], 2, "Add --allow-remote"),
        (["bundle", "--host", "nowhere.invalid", "--allow-remote"], 1, "an address of this machine"),
        (["bundle", "--port", "70000"], 2, "from 0 to 65535"),
        (["bundle", "--runtime", "tensorrt"], 2, "invalid choice"),
        (["bundle", "--runtime", "int8"], 1, "int8"),
        (["bundle", "--max-pictures", "0"], 2, "of at least 1"),
        (["bare", "--allow-add", "--runtime", "keras"], 1, "a bundle with a gallery, to add to"),
    ],
)
def test_what_is_wrong_is_one_line(capsys, arguments, status, message):
    assert cli.main(["serve", *arguments]) == status
    out, err = capsys.readouterr()
    (line,) = own_lines(err)[-1:]
    assert (out, message in line) == ("", True), err


def test_a_port_that_is_taken_is_one_line(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert cli.main(["serve", "bundle", "--port", str(taken.getsockname()[1])]) == 1
    out, err = capsys.readouterr()
    (line,) = own_lines(err)
    assert (out, "Choose another port, or 0" in line) == ("", True)
