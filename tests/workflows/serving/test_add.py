"""`/add`: saved whole or not at all, one at a time."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from semihard._core.runs.lock import locked
from semihard.gallery import Gallery
from tests.workflows.serving.client import Means, client, form, png


@pytest.fixture
def bundle(tmp_path):
    return Means(tmp_path / "gallery")


@pytest.fixture
def asked(bundle):
    with client(bundle, allow_add=True) as found:
        yield found


def test_what_was_added_is_found_and_is_there_after_reopening(bundle, asked):
    assert asked.post("/match", png((250, 250, 0)))[1]["queries"][0]["name"] is None
    status, told = asked.post("/add?label=yellow&id=../../etc/passwd", png((255, 255, 0)))
    assert (status, told) == (201, {"ids": ["../../etc/passwd"], "label": "yellow", "items": 4, "version": 2})
    assert asked.post("/match", png((250, 250, 0)))[1]["queries"][0]["name"] == "yellow"
    assert asked.asked("GET", "/health")[1]["items"] == 4
    kept = Gallery.open(bundle.gallery_path)
    assert (kept.ids[3], kept.labels[3], kept.vectors[3].tolist()) == ("../../etc/passwd", "yellow", [255, 255, 0])
    assert sorted(path.name for path in bundle.gallery_path.parent.iterdir()) == ["gallery"]


def test_several_in_a_form(bundle, asked):
    parts = [("label", "a\tb\n<i>é</i>"), ("p", "1.png", png()), ("p", "2.png", png()), ("id", "x"), ("id", "y")]
    status, told = asked.post("/add", **form(*parts))
    assert (status, told["ids"], told["items"]) == (201, ["x", "y"], 5)
    assert Gallery.open(bundle.gallery_path).labels[3:] == ["a\tb\n<i>é</i>"] * 2


@pytest.mark.parametrize(
    ("path", "given", "status", "sentence"),
    [
        ("/add", {"body": png()}, 422, "one `label`"),
        ("/add?label=", {"body": png()}, 422, "one `label`"),
        ("/add?label=a&label=b", {"body": png()}, 422, "Received: 2"),
        ("/add?label=" + "a" * 1001, {"body": png()}, 422, "1 to 1,000 characters"),
        ("/add?label=a&id=1&id=2", {"body": png()}, 422, "for each of 1 pictures. Received: 2"),
        ("/add?label=a&id=", {"body": png()}, 422, "no `id`, or one"),
        ("/add?label=a&path=/etc/passwd", {"body": png()}, 422, "It takes id, label."),
        ("/add?label=a", {"body": b"no picture"}, 422, "cannot identify"),
        ("/add?label=a", form(("p", "a.png", png()), ("p", "b.png", b"no")), 422, "Nothing was added"),
        ("/add?label=a&id=x", form(("p", "a", png()), ("p", "b", png()), ("id", "x")), 409, "more than once"),
    ],
)
def test_refused_and_nothing_added(bundle, asked, path, given, status, sentence):
    found, told = asked.post(path, **given)
    assert (found, sentence in told["error"]) == (status, True), told
    assert asked.asked("GET", "/health")[1]["items"] == len(Gallery.open(bundle.gallery_path)) == 3


def test_an_id_is_given_once(asked):
    assert asked.post("/add?label=a&id=x", png())[0] == 201
    status, told = asked.post("/add?label=b&id=x", png())
    assert (status, "holds already" in told["error"]) == (409, True)


def test_many_at_once_are_all_there(bundle, asked):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: asked.post(f"/add?label=new&id={n}", png((n, n, n))), range(8)))
    assert [status for status, _ in answers] == [201] * 8
    kept = Gallery.open(bundle.gallery_path)
    assert sorted(kept.ids[3:]) == sorted(map(str, range(8)))
    assert {key: vector[0] for key, vector in zip(kept.ids[3:], kept.vectors[3:], strict=True)} == {
        str(n): n for n in range(8)
    }
    assert asked.asked("GET", "/health")[1]["items"] == 11


def test_what_another_program_saved_stays(bundle, asked):
    other = Gallery.open(bundle.gallery_path)
    other.add([[1, 2, 3]], ["theirs"])
    other.save()
    assert asked.post("/add?label=ours", png())[0] == 201
    assert Gallery.open(bundle.gallery_path).labels[3:] == ["theirs", "ours"]


@pytest.mark.parametrize("how", ["writes", "has written"])
def test_a_lost_race_is_told(bundle, asked, monkeypatch, how):
    if how == "writes":
        with locked(bundle.gallery_path):
            status, told = asked.post("/add?label=ours", png())
    else:
        save = Gallery.save

        def late(gallery):
            other = Gallery.open(bundle.gallery_path)
            other.add([[1, 2, 3]], ["theirs"])
            save(other)
            return save(gallery)

        monkeypatch.setattr(Gallery, "save", late)
        status, told = asked.post("/add?label=ours", png())
        monkeypatch.undo()
    assert (status, told["error"]) == (409, "Another program has written to the gallery. Nothing was added: try again.")
    assert "ours" not in Gallery.open(bundle.gallery_path).labels
    assert asked.asked("GET", "/health")[1]["items"] == 3
    assert asked.post("/add?label=ours", png())[0] == 201


def test_a_gallery_that_is_gone_or_full(bundle, asked, monkeypatch, caplog):
    def full(gallery):
        raise OSError(28, "No space left on device", str(bundle.gallery_path))

    monkeypatch.setattr(Gallery, "save", full)
    first = asked.post("/add?label=a", png())
    monkeypatch.undo()
    shutil.rmtree(bundle.gallery_path)
    for status, told in (first, asked.post("/add?label=a", png())):
        assert (status, told["error"].endswith("terminal. Nothing was added.")) == (500, True)
        assert str(bundle.gallery_path) not in told["error"]
    assert asked.post("/match", png())[0] == 200
    assert "No space left on device" in caplog.text


def test_a_label_that_is_a_number_stays_one(tmp_path):
    """Of a gallery that knows 7 and "8", the text 7 means 7."""
    bundle = Means(tmp_path)
    bundle.gallery.add([[1, 2, 3], [4, 5, 6]], [7, "8"])
    bundle.gallery.save()
    with client(bundle, allow_add=True) as asked:
        assert [asked.post(f"/add?label={label}", png())[1]["label"] for label in (7, 8, 9)] == [7, "8", "9"]
