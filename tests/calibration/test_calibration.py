"""A calibration in use: matching, saving, loading, reading."""

import json
import math

import numpy as np
import pytest

from semihard import Calibration, calibrate
from tests.verification.people import people

PLAIN = Calibration(1.0, "target_far=0.01", {}, {}, 0.95, {}, dim=2)


def test_match_names_the_nearest_or_says_unknown():
    """Distances to the nearest: 0.5 (ann), exactly 1 (bob), a little more than 1."""
    queries = [[0.5, 0.0], [5.0, 1.0], [5.0, np.nextafter(1.0, 2.0)]]
    names = PLAIN.match(queries, [[0.0, 0.0], [5.0, 0.0], [9.0, 9.0]], ["ann", "bob", "eve"])
    assert names.tolist() == ["ann", "bob", None]


def test_match_keeps_labels_whole():
    names = PLAIN.match([[0.0, 0.0], [5.0, 0.0]], [[0.0, 0.0], [5.0, 0.0]], np.array([2**53 + 1, 2**53]))
    assert names.tolist() == [2**53 + 1, 2**53]
    assert PLAIN.match([[0.0, 0.0]], [[0.0, 0.0]], [[7]]).tolist() == [7]


def test_match_takes_the_first_of_equally_near_items():
    assert PLAIN.match([[0.0, 0.0]], [[0.0, 0.5], [0.5, 0.0]], ["ann", "bob"]).tolist() == ["ann"]


def test_match_accepts_exactly_the_pairs_that_calibration_counted():
    """Each pair by itself, one query against a gallery of one: as many are accepted as the fitted rates say."""
    embeddings, labels = people(20, 3)
    found = calibrate(embeddings, labels, maximize="f1", held_out=0.5, resamples=1)
    left, right = np.triu_indices(len(labels), 1)
    accepted = [
        found.match(embeddings[i : i + 1], embeddings[j : j + 1], ["x"])[0] for i, j in zip(left, right, strict=True)
    ]
    distances = np.sqrt(((embeddings[left].astype(float) - embeddings[right]) ** 2).sum(axis=1))
    assert [name == "x" for name in accepted] == (distances <= found.threshold).tolist()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[0.0]], [[0.0, 0.0]], ["a"]), r"`queries` to be \[n, 2\]"),
        (([[0.0, 0.0]], [[0.0]], ["a"]), r"`gallery` to be \[n, 2\]"),
        (([[0.0, np.nan]], [[0.0, 0.0]], ["a"]), "`queries` to hold finite"),
        (([[0.0, 0.0]], [[0.0, 0.0]], ["a", "b"]), r"`gallery_labels` to be \[1\]"),
        (([[0.0, 0.0]], [[0.0, 0.0]], [None]), "gallery_labels.*without missing"),
        (([[0.0, 0.0]], np.empty((0, 2)), []), "at least one row"),
    ],
)
def test_match_refuses(arguments, words):
    with pytest.raises(ValueError, match=words):
        PLAIN.match(*arguments)


def test_what_is_saved_is_loaded(tmp_path):
    embeddings, labels = people(40, 4)
    saved = calibrate(embeddings, labels, target_far=0.02, resamples=20)
    saved.save(tmp_path / "a.json")
    loaded = Calibration.load(tmp_path / "a.json")
    assert loaded == saved
    assert loaded.achieved["far"][0] == saved.achieved["far"][0]
    assert isinstance(loaded.achieved["far"], tuple)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_nan_is_saved_as_strict_json(tmp_path):
    rates = {"far": (0.0, math.nan, math.nan)}
    Calibration(1.0, "maximize=f1", {"precision": math.nan}, rates, 0.95, {}, dim=2).save(tmp_path / "a.json")

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    json.loads((tmp_path / "a.json").read_text(), parse_constant=refuse)
    loaded = Calibration.load(tmp_path / "a.json")
    assert math.isnan(loaded.achieved["far"][1])
    assert math.isnan(loaded.fitted["precision"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, '"format": "semihard calibration"'),
        ({"version": 2}, "version 2; this release reads 1"),
        ({"threshold": None}, "missing or damaged"),
        ({"threshold": -1.0}, "not a distance"),
        ({"achieved": {"far": [1.0]}}, "missing or damaged"),
        ({"counts": [1]}, "missing or damaged"),
        ({"dim": "x"}, "missing or damaged"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, change, words):
    path = tmp_path / "a.json"
    PLAIN.save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ValueError, match=words):
        Calibration.load(path)


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff\xfe", b'"text"'])
def test_no_calibration_at_all(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"Expected a file written by `Calibration.save`. Received .*a\.json"):
        Calibration.load(path)
    with pytest.raises(FileNotFoundError):
        Calibration.load(tmp_path / "missing.json")


def test_a_missing_field_is_named(tmp_path):
    path = tmp_path / "a.json"
    PLAIN.save(path)
    content = json.loads(path.read_text())
    del content["dim"]
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="dim"):
        Calibration.load(path)


def test_it_can_be_read():
    text = str(calibrate(*people(40, 4), target_far=0.02, resamples=20))
    assert "(target_far=0.02)" in text
    assert "20 identities held out, 120 genuine and 3,040 impostor pairs" in text
    assert str(PLAIN) == "same identity if the distance is at most 1 (target_far=0.01)"
