"""What a server refuses: in a plain sentence, before it costs anything, and without saying where its files are."""

import dataclasses
import http.client
import io
import socket
import struct
import threading
import time
import zlib

import pytest
from PIL import Image

from semihard.workflows.serving import Limits, serve_in_background
from tests.workflows.serving.client import Means, client, form, png, until

LIMITS = Limits(bytes=100_000, pictures=2, pixels=10_000, at_once=2)
HASTY = dataclasses.replace(LIMITS, seconds=0.5)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return Means(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="module")
def asked(bundle):
    with client(bundle, limits=LIMITS) as found:
        yield found


@pytest.fixture(scope="module")
def hasty(bundle):
    with client(bundle, limits=HASTY) as found:
        yield found


def bomb() -> bytes:
    """A PNG of a few bytes that says that it has 3,600,000,000 pixels."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 60_001)), (b"IEND", b"")]
    made = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def eps() -> bytes:
    """Pillow would start Ghostscript."""
    file = io.BytesIO()
    Image.new("RGB", (9, 9)).save(file, "EPS")
    return file.getvalue()


PASSWD = "../../etc/passwd"
MULTIPART = {"Content-Type": "multipart/form-data"}


@pytest.mark.parametrize(
    ("path", "given", "status", "sentence"),
    [
        ("/embed", {"body": b""}, 400, "Expected a picture"),
        ("/embed", {"body": b"no picture"}, 422, "cannot identify image file."),
        ("/embed", {"body": PASSWD.encode()}, 422, "cannot identify image file."),
        ("/embed", {"body": png()[:50]}, 422, "body: "),
        ("/embed", {"body": bomb()}, 422, "could be decompression bomb"),
        ("/embed", {"body": png(size=(101, 100))}, 422, "at most 10,000 pixels, received 101 × 100"),
        ("/embed", {"body": eps()}, 422, "cannot identify image file."),
        ("/embed", form(("photo", PASSWD, b"")), 422, f"{PASSWD}: cannot identify image file."),
        ("/embed", form(("photo", PASSWD)), 422, "no field 'photo'"),
        ("/embed", form(*[("photo", "a.png", png())] * 3), 413, "at most 2 pictures"),
        ("/embed", form(), 400, "Expected a"),
        ("/embed", {"body": png(), "headers": MULTIPART}, 400, "Expected a multipart form"),
        ("/embed", {"body": png(), "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400, "broken"),
        ("/embed", {"body": form(("p", "a.png", png()))["body"][:60], "headers": form()["headers"]}, 400, "Expected"),
        ("/embed?url=http://127.0.0.1/", {"body": png()}, 422, "no field 'url'"),
        ("/search?k=0", {"body": png()}, 422, "whole `k` from 1 to 1,000. Received: '0'"),
        ("/search?k=1001", {"body": png()}, 422, "'1001'"),
        ("/search?k=x", {"body": png()}, 422, "'x'"),
        ("/search?k=1&k=2", {"body": png()}, 422, "'1, 2'"),
        ("/search?K=1", {"body": png()}, 422, "no field 'K' at this address. It takes k."),
        ("/match?k=1", {"body": png()}, 422, "nothing but pictures"),
        ("/add?label=a", {"body": png()}, 403, "started without"),
        (f"/{PASSWD}", {"body": png()}, 404, "nothing at this address"),
        ("/health", {"body": png()}, 405, "does not take POST"),
        ("/docs", {}, 404, "nothing at this address"),
    ],
)
def test_refused(asked, bundle, caplog, path, given, status, sentence):
    found, told = asked.post(path, **given)
    assert (found, sentence in told["error"]) == (status, True), told
    assert str(bundle.gallery_path) not in str(told)
    assert "0x" not in told["error"]
    assert told["error"].endswith(".")
    assert asked.post("/embed", png())[0] == 200
    assert caplog.text == ""  # the terminal is not for clients to write in


@pytest.mark.parametrize("headers", [{"Content-Length": "1000000000"}, {"Transfer-Encoding": "chunked"}])
def test_a_body_is_not_read_beyond_what_is_allowed(asked, headers):
    """Of the first nothing at all; the second gets no farther than the buffers of two sockets."""
    connection = http.client.HTTPConnection(asked.address, timeout=30)
    connection.putrequest("POST", "/embed")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    sent = 0
    try:
        while "Transfer-Encoding" in headers and sent < 2**27:
            connection.send(b"10000\r\n" + bytes(2**16) + b"\r\n")
            sent += 2**16
    except OSError:
        pass
    assert sent < 2**26
    try:
        assert connection.getresponse().status == 413
    except ConnectionError:
        assert sent
    connection.close()
    assert asked.post("/embed", png())[0] == 200


def test_the_other_loopback(bundle):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6")
    with client(bundle, host="::1") as asked:
        assert asked.asked("GET", "/health")[0] == 200


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_own_names_are_answered(asked, name):
    assert asked.asked("GET", "/health", headers={"Host": f"{name}:9999"})[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "example.org"},
        {"Host": "127.0.0.1.example.org"},
        {"Host": "192.168.0.7"},
        {"Host": ""},
        {"Host": "[::1"},
        {"Origin": "http://example.org"},
        {"Origin": "null"},
    ],
)
def test_other_sites_are_refused(asked, headers):
    """A browser shows one, which has the name 127.0.0.1 for itself, or sends its form here."""
    for method, path in (("GET", "/"), ("GET", "/health"), ("POST", "/embed"), ("POST", "/nowhere")):
        status, told, answered = asked.asked(method, path, png() if method == "POST" else None, headers)
        assert (status, "Expected a request" in told["error"]) == (403, True)
        assert not [name for name in answered if name.lower().startswith("access-control")]


def test_its_own_page_may_ask(asked):
    assert asked.post("/embed", png(), {"Origin": asked.url})[0] == 200


class Slow(Means):
    """Waits until it may go on."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        self.go, self.waiting = threading.Event(), 0
        self.go.set()

    def embed(self, pixels):
        self.waiting += 1
        self.go.wait(20)
        self.waiting -= 1
        return super().embed(pixels)


def test_slow_work_is_given_up_and_keeps_its_place_until_it_ends(tmp_path):
    bundle = Slow(tmp_path)
    with client(bundle, limits=HASTY, allow_add=True) as asked:
        bundle.go.clear()
        for path in ("/embed", "/add?label=late"):
            status, told = asked.post(path, png())
            assert (status, "within 0.5 seconds" in told["error"]) == (504, True)
        assert bundle.waiting == 2  # as many as are allowed at once
        status, told, headers = asked.asked("POST", "/embed", png())
        assert (status, headers["retry-after"]) == (503, "1")
        assert "at most 2 requests at once" in told["error"]
        assert asked.asked("GET", "/health")[0] == 200
        bundle.go.set()
        until(lambda: asked.post("/embed", png())[0] == 200)
        assert "late" not in type(bundle.gallery).open(tmp_path).labels  # what was too late is not done after all


def test_a_slow_client_is_not_waited_for(bundle):
    with client(bundle, limits=HASTY) as asked:
        connection = http.client.HTTPConnection(asked.address, timeout=30)
        connection.putrequest("POST", "/embed")
        connection.putheader("Content-Length", "1000")
        connection.endheaders(b"only this")
        assert connection.getresponse().status == 408
        connection.close()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /health HT",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hea",
        b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nonly this",
    ],
    ids=["nothing", "a line", "a header", "the next request", "a body that nobody wants"],
)
def test_a_client_that_sends_a_byte_now_and_then_is_shut_out(hasty, begun):
    """Each byte begins uvicorn's own waiting anew."""
    host, port = hasty.address.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(begun)
        end = time.monotonic() + 10
        with pytest.raises(ConnectionError):
            while time.monotonic() < end:
                time.sleep(0.05)
                connection.sendall(b"x")
    assert hasty.asked("GET", "/health")[0] == 200


def test_several_requests_on_a_connection_have_the_time_of_each(hasty):
    connection = http.client.HTTPConnection(hasty.address, timeout=30)
    for _ in range(4):
        time.sleep(0.3)
        connection.request("GET", "/health")
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)
    connection.close()


def test_a_client_that_goes_away(asked, caplog):
    host, port = asked.address.split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST /embed HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nonly this")
    for _ in range(3):  # its place is free again
        until(lambda: asked.post("/embed", png())[0] == 200)
    assert caplog.text == ""


class Broken(Means):
    answer = None

    def embed(self, pixels):
        if self.answer is None:
            return super().embed(pixels)
        raise RuntimeError(self.answer)


def test_a_bug_is_told_in_the_terminal_alone(caplog):
    bundle = Broken()
    with client(bundle) as asked:
        bundle.answer = "/secret/model.onnx"
        status, told = asked.post("/embed", png())
        assert (status, told) == (500, {"error": "The server failed at this. What went wrong stands in its terminal."})
        until(lambda: "/secret/model.onnx" in caplog.text)


def test_a_port_that_is_taken(bundle):
    with (
        serve_in_background(bundle) as url,
        pytest.raises(OSError, match=r"Expected 127\.0\.0\.1 port \d+ to be free.*Choose another port"),
        serve_in_background(bundle, port=int(url.rpartition(":")[2])),
    ):
        pass


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"port": -1}, ValueError, "`port`"),
        ({"port": 65536}, ValueError, "from 0 to 65535"),
        ({"port": "8000"}, TypeError, "whole number"),
        ({"host": "0.0.0.0"}, ValueError, "allow_remote=True"),
        ({"host": "example.org"}, ValueError, "allow_remote=True"),
        ({"allow_add": True}, ValueError, "with a gallery, to add to"),
    ],
)
def test_wrong_options(options, kind, message):
    with pytest.raises(kind, match=message), serve_in_background(Means(), **options):
        pass


@pytest.mark.parametrize("options", [{"bytes": 0}, {"pictures": 1.5}, {"seconds": -1}, {"at_once": True}])
def test_wrong_limits(options):
    with pytest.raises((TypeError, ValueError), match="Expected"):
        Limits(**options)


def test_beyond_loopback_addresses_are_answered_and_names_are_not(bundle):
    with serve_in_background(bundle, host="0.0.0.0", allow_remote=True) as url:
        from tests.workflows.serving.client import Client

        asked = Client(url.replace("0.0.0.0", "127.0.0.1"))
        assert asked.asked("GET", "/health", headers={"Host": "192.168.0.7:80"})[0] == 200
        assert asked.asked("GET", "/health", headers={"Host": "example.org"})[0] == 403
