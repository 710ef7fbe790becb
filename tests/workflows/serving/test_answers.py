"""What the server answers is what Python says of the same file."""

import subprocess
import sys
import urllib.request

import numpy as np
import pytest
from PIL import Image

from semihard.gallery import Gallery
from semihard.workflows.searching import Found
from tests.workflows.serving.client import COLORS, Means, client, form, png

PATHS = ("turned.jpg", "cmyk.jpg", "sixteen.png", "palette.png", "moving.gif")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Files of the kinds that readers disagree about, and a gallery."""
    folder = tmp_path_factory.mktemp("made")
    noise = np.random.default_rng(0).integers(256, size=(90, 120, 4), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # on its side; large enough to be decoded at a fraction
    Image.fromarray(noise[..., :3]).save(folder / "turned.jpg", exif=exif)
    Image.fromarray(noise, "CMYK").save(folder / "cmyk.jpg")
    Image.fromarray((noise[..., 0].astype(np.uint16) << 8) + 7).save(folder / "sixteen.png")
    flat = Image.fromarray(noise[..., 0] % 3)
    flat.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    flat.save(folder / "palette.png", transparency=bytes([255, 0, 77]))
    frames = [Image.new("RGB", (20, 20), color) for color in COLORS.values()]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    return folder


@pytest.fixture(scope="module")
def bundle(made):
    return Means(made / "gallery")


@pytest.fixture(scope="module")
def asked(bundle):
    with client(bundle) as found:
        yield found


def vectors_of(bundle, *paths):
    return bundle.embed(np.stack([bundle.preprocessing(path) for path in paths]))


@pytest.mark.parametrize("name", PATHS)
def test_vectors_are_those_of_the_file_to_the_last_bit(made, bundle, asked, name):
    status, told = asked.post("/embed", (made / name).read_bytes())
    assert (status, told["failed"], told["model"]) == (200, [], "sha256:means")
    np.testing.assert_array_equal(np.float32(told["vectors"]), vectors_of(bundle, made / name))


def test_several_pictures_in_a_form(made, bundle, asked):
    parts = [("any", name, (made / name).read_bytes()) for name in PATHS]
    status, told = asked.post("/embed", **form(*parts))
    assert (status, told["photos"]) == (200, list(PATHS))
    expected = vectors_of(bundle, *(made / name for name in PATHS))
    np.testing.assert_array_equal(np.float32(told["vectors"]), expected)


def test_search_says_what_the_command_says_in_json(bundle, asked):
    """`semihard search --json` prints `Found.to_dict`."""
    status, told = asked.post("/search?k=2", png())
    near = Gallery.open(bundle.gallery_path).search([[190, 10, 0]], 2)
    assert (status, told) == (200, Found(["body"], ["red"], near, [], None).to_dict())
    assert [row["label"] for row in told["queries"][0]["neighbors"]] == ["red", "green"]


def test_k_may_be_a_field_of_the_form(asked):
    told = asked.post("/search", **form(("k", "1"), ("photo", "a.png", png())))[1]
    assert len(told["queries"][0]["neighbors"]) == 1


def test_match_names_and_none_of_these(bundle, asked):
    """Euclidean: (190, 10, 0) is √200 from red and √(190² + 190²) from green; white is beyond 60 from all."""
    parts = [("photo", "a.png", png()), ("photo", "white.png", png((255, 255, 255)))]
    status, told = asked.post("/match", **form(*parts))
    first, second = told["queries"]
    assert (status, told["threshold"], told["metric"]) == (200, 60.0, "euclidean")
    assert (first["photo"], first["name"], first["runner_up"]) == ("a.png", "red", "green")
    assert first["distance"] == pytest.approx(200**0.5)
    assert first["runner_up_distance"] == pytest.approx((2 * 190**2) ** 0.5)
    assert second["name"] is None
    expected = Gallery.open(bundle.gallery_path).match([[190, 10, 0], [255, 255, 255]])
    assert [query["nearest"] for query in told["queries"]] == expected.nearest.tolist()
    assert [query["distance"] for query in told["queries"]] == expected.distances.tolist()


def test_pictures_that_cannot_be_read_do_not_stop_the_others(asked):
    parts = [("photo", "text.png", b"no picture"), ("photo", "a.png", png()), ("photo", "half.png", png()[:40])]
    status, told = asked.post("/search", **form(*parts))
    assert (status, [query["photo"] for query in told["queries"]]) == (200, ["a.png"])
    assert told["failed"][0] == {"photo": "text.png", "reason": "cannot identify image file"}
    assert told["failed"][1]["photo"] == "half.png"


def page_of(asked):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked.url) as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        return answer.read().decode()


def test_health_and_a_page_for_people(asked):
    status, told, _ = asked.asked("GET", "/health")
    assert (status, told["status"], told["items"], told["threshold"]) == (200, "ok", 3, 60.0)
    page = page_of(asked)
    for text in ("sha256:means", "3 items of 3 labels", "60 (euclidean)", f"{asked.url}/search?k=5"):
        assert text in page
    assert "/add" not in page


def test_without_a_gallery_or_a_threshold(tmp_path):
    with client(Means()) as asked:
        assert asked.post("/embed", png())[0] == 200
        for path in ("/search", "/match"):
            status, told = asked.post(path, png())
            assert (status, "one without" in told["error"]) == (409, True)
    with client(Means(tmp_path, threshold=None)) as asked:
        assert "none, and so no names" in page_of(asked)
        status, told = asked.post("/search", png())
        assert (status, "name" in told["queries"][0]) == (200, False)
        status, told = asked.post("/match", png())
        assert (status, "with a threshold" in told["error"]) == (409, True)


def test_names_that_utf8_cannot_hold(tmp_path):
    """As those of files on Linux may be."""
    bundle = Means(tmp_path)
    bundle.gallery.add([[190, 10, 0]], ["red"], ["caf\udce9.png"])
    with client(bundle) as asked:
        assert asked.post("/search?k=1", png())[1]["queries"][0]["neighbors"][0]["id"] == "caf\udce9.png"


def test_keras_is_left_alone():
    code = "import sys, semihard.workflows.serving as s; s.serve, s.application; print('keras' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
