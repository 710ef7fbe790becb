"""TensorBoard as it is started here: what it serves, what it refuses, how it ends."""

import contextlib
import http.client
import io
import json
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
import pytest
from PIL import Image

from semihard.visualization import serve, serve_in_background, write_log_directory, write_projector_config, write_tensor
from tests.oracles.tensorboard import parse_metadata
from tests.visualization.projector.tensorboard.runs import write_run

pytest.importorskip("tensorboard", reason='Run: pip install "semihard[tensorboard]"')
pytestmark = pytest.mark.filterwarnings("ignore:html5lib's sanitizer:DeprecationWarning")
API = "/data/plugin/projector"
SECRET = "root:x:0:0"


def get(url: str, path: str, *, host: str | None = None) -> tuple[int, bytes]:
    """Status and body; the path goes out as it is, which clients with manners would not allow."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    with contextlib.closing(connection):
        connection.putrequest("GET", path, skip_host=True)
        connection.putheader("Host", urlsplit(url).netloc if host is None else host)
        connection.endheaders()
        response = connection.getresponse()
        return response.status, response.read()


def plain_directory(directory: Path) -> Path:
    write_projector_config(directory, [write_tensor(np.eye(3), directory / "vecs.bytes")])
    return directory


def test_the_projector_is_given_the_run(tmp_path):
    vectors, columns, pictures = write_run(tmp_path, count=12)
    with serve_in_background(write_log_directory(tmp_path)) as url:
        assert url == f"http://127.0.0.1:{urlsplit(url).port}/#projector"
        assert json.loads(get(url, f"{API}/runs")[1]) == ["."]
        (info,) = json.loads(get(url, f"{API}/info?run=.")[1])["embeddings"]
        assert info["tensorShape"] == [12, 5]
        assert info["sprite"] == {"imagePath": "sprite.png", "singleImageDim": [8, 8]}
        _, tensor = get(url, f"{API}/tensor?run=.&name=embeddings&num_rows=100000")
        np.testing.assert_array_equal(np.frombuffer(tensor, "<f4").reshape(12, 5), vectors)
        names, points = parse_metadata(get(url, f"{API}/metadata?run=.&name=embeddings&num_rows=100000")[1])
        assert names == ["label", "file"]
        assert [point["label"] for point in points] == columns["label"]
        sheet = np.asarray(Image.open(io.BytesIO(get(url, f"{API}/sprite_image?run=.&name=embeddings")[1])))
        np.testing.assert_array_equal(sheet[8:16, 24:32], pictures[7])
        assert json.loads(get(url, "/data/plugins_listing")[1])["projector"]["enabled"]
    with pytest.raises(ConnectionError):
        get(url, "/")


def test_no_thread_outlives_it(tmp_path):
    before = {*threading.enumerate()}  # one of them, of an earlier server, may end meanwhile
    with serve_in_background(plain_directory(tmp_path)):
        own = {*threading.enumerate()} - before
        assert own
    for _ in range(100):
        if not own & {*threading.enumerate()}:
            break
        time.sleep(0.1)
    assert not own & {*threading.enumerate()}


def test_only_this_machine_can_ask(tmp_path):
    """127.0.0.2 is this machine as well, but another address than the one that is served."""
    with serve_in_background(plain_directory(tmp_path)) as url:
        port = urlsplit(url).port
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=2):
            pass
        assert get(url, "/", host=f"localhost:{port}")[0] == 200
        for host in ("evil.example", f"evil.example:{port}", "", "127.0.0.1", f"127.0.0.1:{port + 1}"):
            assert get(url, "/", host=host)[0] == 403


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Iterator[str]:
    """A log directory whose config, files and links all try to reach a file beside it."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.tsv").write_text(f"{SECRET}\n0\n0\n")
    plain_directory(outside)
    (outside / "events.out.tfevents.1.x").touch()
    inside = outside / "logs"
    inside.mkdir()
    write_tensor(np.eye(3), inside / "vecs.bytes")
    (inside / "link.tsv").symlink_to(outside / "secret.tsv")
    (inside / "run").symlink_to(outside)
    paths = [
        str(outside / "secret.tsv"),
        "../secret.tsv",
        "link.tsv",
        "run/secret.tsv",
        "~/../..",
        "file:///etc/passwd",
    ]
    kinds = "metadata_path", "bookmarks_path", "sprite { image_path"
    parts = []
    for i, path in enumerate(paths):
        fields = "".join(f"{kind}: {json.dumps(path)} {'}' if '{' in kind else ''}\n" for kind in kinds)
        parts.append(f'embeddings {{ tensor_name: "t{i}" tensor_path: "vecs.bytes" tensor_shape: [3, 3]\n{fields} }}')
    for i, path in enumerate(paths[:4]):
        parts.append(f'embeddings {{ tensor_name: "u{i}" tensor_path: {json.dumps(path)} tensor_shape: [3, 1] }}')
    (inside / "projector_config.pbtxt").write_text("\n".join(parts))
    with serve_in_background(inside) as url:
        yield url


@pytest.mark.parametrize("route", ["metadata", "bookmarks", "sprite_image"])
@pytest.mark.parametrize("name", [f"t{i}" for i in range(6)])
def test_a_config_reaches_nothing_outside(hostile, route, name):
    status, body = get(hostile, f"{API}/{route}?run=.&name={name}")
    assert status == 400
    assert SECRET.encode() not in body


@pytest.mark.parametrize("name", [f"u{i}" for i in range(4)])
def test_a_tensor_outside_is_not_served(hostile, name):
    assert get(hostile, f"{API}/tensor?run=.&name={name}")[0] == 400
    assert get(hostile, f"{API}/tensor?run=.&name=t0")[0] == 200


@pytest.mark.parametrize("run", ["run", "../", "..", "/", "/etc", "run/..", "./..", "..%2f..", "%2e%2e", "x%00"])
def test_a_request_reaches_no_run_outside(hostile, run):
    for route in ("info", "tensor", "metadata"):
        assert get(hostile, f"{API}/{route}?run={run}&name=vecs")[0] == 403


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.tsv",
        "/../../../../../../../../etc/passwd",
        "//etc/passwd",
        "/%2e%2e/%2e%2e/secret.tsv",
        "/data/plugin/projector/../../../secret.tsv",
        "/data/plugin/projector/..%2f..%2fsecret.tsv",
        "/secret.tsv",
        "/vecs.bytes",
    ],
)
def test_a_path_reaches_no_file(hostile, path):
    status, body = get(hostile, path)
    assert status == 404
    assert SECRET.encode() not in body


def test_a_run_inside_is_served(tmp_path):
    """Beside the events of a training, as Keras's callback writes them."""
    (tmp_path / "a b").mkdir()
    plain_directory(tmp_path)
    plain_directory(tmp_path / "a b")
    (tmp_path / "a b" / "events.out.tfevents.1.x").touch()
    with serve_in_background(tmp_path) as url:
        for _ in range(200):  # the events are looked for in a thread
            status, body = get(url, f"{API}/info?run={quote('a b')}")
            get(url, f"{API}/runs")
            if status == 200:
                break
            time.sleep(0.05)
        assert json.loads(body)["embeddings"][0]["tensorName"] == "vecs"


@pytest.mark.parametrize(
    ("content", "match"), [(None, "no such file"), ("", "none that"), ("embedding {", "none that")]
)
def test_a_directory_without_embeddings_raises(tmp_path, content, match):
    if content is not None:
        (tmp_path / "projector_config.pbtxt").write_text(content)
    with pytest.raises(ValueError, match=match), serve_in_background(tmp_path):
        pass


def test_a_port_that_is_taken_raises(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(OSError, match=f"port {port}.*Choose another port"),
            serve_in_background(plain_directory(tmp_path), port),
        ):
            pass


def test_missing_or_old_packages_are_named(tmp_path, monkeypatch):
    plain_directory(tmp_path)
    monkeypatch.setattr("tensorboard.version.VERSION", "2.20.0")
    with pytest.raises(ImportError, match=r'2.21 or newer.*2.20.0.*pip install "semihard\[tensorboard\]"'):
        serve(tmp_path)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ImportError, match=r'tensorboard.*pip install "semihard\[tensorboard\]"'):
        serve(tmp_path)


@pytest.mark.parametrize("wanted", [True, False])
def test_the_browser_is_opened_where_it_is_wanted(tmp_path, monkeypatch, capsys, wanted):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(
        sys.modules["semihard.visualization.projector.tensorboard._serve"], "wait_for_ctrl_c", lambda: None
    )
    serve(plain_directory(tmp_path), open_browser=wanted)
    shown = capsys.readouterr().out.split()[4]
    assert shown.startswith("http://127.0.0.1:")
    assert opened == [shown] * wanted


def test_ctrl_c_ends_it_cleanly_and_tensorflow_is_not_imported(tmp_path):
    # A suite that a script started in the background has SIGINT ignored, and so have its children.
    code = f"""
        import signal, sys
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from semihard.visualization import serve
        try:
            serve({str(plain_directory(tmp_path))!r}, open_browser=False)
        except KeyboardInterrupt:
            print("ended", {{"tensorflow", "keras"}} & {{*sys.modules}})
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        line = process.stdout.readline()
        assert line.startswith("TensorBoard's projector is at http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "ended set()\n", "")
