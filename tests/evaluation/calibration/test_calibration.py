"""A calibration in use: matching, saving, loading, reading."""

import json
import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from semihard import Calibration, calibrate
from semihard.evaluation import Estimate, nearest_neighbors
from semihard.evaluation.calibration import matches_among
from tests.evaluation.verification.people import people

PLAIN = Calibration(1.0, "target_far=0.01", {}, {}, 0.95, {}, dim=2)


def test_match_names_the_nearest_or_says_unknown():
    """Distances to the nearest: 0.5 (ann), exactly 1 (bob), a little more than 1."""
    queries = [[0.5, 0.0], [5.0, 1.0], [5.0, np.nextafter(1.0, 2.0)]]
    names = PLAIN.match(queries, [[0.0, 0.0], [5.0, 0.0], [9.0, 9.0]], ["ann", "bob", "eve"])
    assert names.labels.tolist() == ["ann", "bob", None]


def test_match_keeps_labels_whole():
    names = PLAIN.match([[0.0, 0.0], [5.0, 0.0]], [[0.0, 0.0], [5.0, 0.0]], np.array([2**53 + 1, 2**53]))
    assert names.labels.tolist() == [2**53 + 1, 2**53]
    assert PLAIN.match([[0.0, 0.0]], [[0.0, 0.0]], [[7]]).labels.tolist() == [7]


def test_match_takes_the_first_of_equally_near_items():
    assert PLAIN.match([[0.0, 0.0]], [[0.0, 0.5], [0.5, 0.0]], ["ann", "bob"]).labels.tolist() == ["ann"]


def test_match_accepts_exactly_the_pairs_that_calibration_counted():
    """Each pair by itself, one query against a gallery of one: as many are accepted as the fitted rates say."""
    embeddings, labels = people(20, 3)
    found = calibrate(embeddings, labels, maximize="f1", held_out=0.5, resamples=1)
    left, right = np.triu_indices(len(labels), 1)
    accepted = [
        found.match(embeddings[i : i + 1], embeddings[j : j + 1], ["x"]).labels[0]
        for i, j in zip(left, right, strict=True)
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
    assert isinstance(loaded.achieved["far"].interval, tuple)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_nan_is_saved_as_strict_json(tmp_path):
    rates = {"far": Estimate(0.0)}
    Calibration(1.0, "maximize=f1", {"precision": math.nan}, rates, 0.95, {}, dim=2).save(tmp_path / "a.json")

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    json.loads((tmp_path / "a.json").read_text(), parse_constant=refuse)
    loaded = Calibration.load(tmp_path / "a.json")
    assert loaded.achieved["far"] == Estimate(0.0)
    assert math.isnan(loaded.fitted["precision"])


BEFORE = """{"format": "semihard calibration", "version": 1, "threshold": 1.5, "criterion": "target_far=0.01",
"fitted": {"far": 0.01}, "achieved": {"far": [0.02, 0.01, 0.03], "tar": [1.0, null, null]}, "confidence": 0.95,
"counts": {}, "dim": 2, "judged": "held out", "directions": false, "worth": "on identities …"}"""


def test_a_file_without_figures_is_read_too(tmp_path):
    """As files were before `to_json` existed."""
    (tmp_path / "a.json").write_text(BEFORE)
    loaded = Calibration.load(tmp_path / "a.json")
    achieved = {"far": Estimate(0.02, (0.01, 0.03)), "tar": Estimate(1.0)}
    assert loaded == Calibration(1.5, "target_far=0.01", {"far": 0.01}, achieved, 0.95, {}, dim=2)
    assert loaded.figures == {"threshold": Estimate(1.5), **achieved}
    assert Calibration.load(loaded.to_json(tmp_path / "b.json")) == loaded


def test_a_calibration_that_was_never_judged_is_drawn(tmp_path):
    assert PLAIN.plot(tmp_path / "a.png").stat().st_size > 5_000
    some = Calibration(1.0, "maximize=f1", {"far": 0.1, "tar": math.nan}, {"tar": Estimate(0.5)}, 0.95, {}, dim=2)
    assert some.plot(tmp_path / "b.png").stat().st_size > 5_000


NESTED = "[" * 100_000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, '"format": "semihard calibration"'),
        ({"version": 2}, "version 2; this release reads 1"),
        ({"version": True}, "version True"),
        *[({"threshold": wrong}, "'threshold' is damaged") for wrong in (None, -1.0, 0, True, "1.0", [1.0], 10**400)],
        *[({"criterion": wrong}, "'criterion' is damaged") for wrong in (None, 1, ["target_far=0.01"])],
        *[({"achieved": wrong}, "'achieved' is damaged") for wrong in ([], {"far": [1.0]}, {"far": [0.1, 0.0, 2.0]})],
        *[({"achieved": wrong}, "'achieved' is damaged") for wrong in ({"far": "abc"}, {"fra": [0, 0, 0]}, None)],
        *[({"fitted": wrong}, "'fitted' is damaged") for wrong in ({"far": True}, {"far": "0.1"}, {"other": 0.1}, 3)],
        *[({"confidence": wrong}, "'confidence' is damaged") for wrong in (1.0, 0, True, "0.95", None)],
        *[({"counts": wrong}, "'counts' is damaged") for wrong in ([1], {"fitted_identities": 3}, None)],
        *[({"dim": wrong}, "'dim' is damaged") for wrong in ("x", 2.0, True, 0, -1)],
        *[({"judged": wrong}, "'judged' is damaged") for wrong in ("well", None, ["given"])],
        ({"directions": 1}, "'directions' is damaged"),
        ({"worth": 5}, "'worth' is damaged"),
        ({"note": "mine"}, "'note' is unknown"),
        ({"n" * 10_000: 1}, "'nnn.*… is unknown"),
    ],
)
def test_a_wrong_field_is_named(tmp_path, change, words):
    path = tmp_path / "a.json"
    PLAIN.save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ValueError, match=words) as error:
        Calibration.load(path)
    assert str(path) in str(error.value)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1.0", "Infinity"),
        ("1.0", "-Infinity"),
        ("1.0", "NaN"),
        ("1.0", "1e999"),
        ("1.0", "1" * 5000),
        ("1.0", NESTED),
        ("{}", '{"far": ' * 100_000),
        ('"threshold"', '"threshold": 2.0, "threshold"'),
        ("{}", '{"far": 0.1, "far": 0.2}'),
        ("0.95", "1e-400"),
        ("}", '}, "more": 1}'),
        ("}", " " * 2**20 + "}"),
    ],
)
def test_what_json_readers_swallow_is_refused(tmp_path, old, new):
    """Infinity and NaN are no JSON; 1e999 is, and infinite; deep nesting recurses too far; of two names one is lost."""
    path = tmp_path / "a.json"
    PLAIN.save(path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(ValueError, match=r"Expected a file written by `Calibration.save`. Received .*a\.json") as error:
        Calibration.load(path)
    assert len(str(error.value)) < 500


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["far", "tar", "x"]), inner, max_size=3)
        ),
    ),
    st.sampled_from(
        ["threshold", "criterion", "fitted", "achieved", "confidence", "counts", "dim", "judged", "directions"]
    ),
)
def test_any_value_of_a_field_is_refused_or_comes_back(value, field):
    """Either a ValueError, or a calibration that can be printed, saved and loaded to the same."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "a.json"
        PLAIN.save(path)
        path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
        try:
            loaded = Calibration.load(path)
        except ValueError:
            return
        assert str(loaded)
        loaded.save(path)
        assert repr(Calibration.load(path)) == repr(loaded)


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
    for name in content.keys() - {"format", "version", "figures"}:
        path.write_text(json.dumps({key: value for key, value in content.items() if key != name}))
        with pytest.raises(ValueError, match=f"'{name}' is missing"):
            Calibration.load(path)


def test_it_can_be_read():
    text = str(calibrate(*people(40, 4), target_far=0.02, resamples=20))
    assert "(target_far=0.02)" in text
    assert "20 identities held out, 120 genuine and 3,040 impostor pairs" in text
    assert text.endswith("judged on identities that the threshold has not seen: to be expected of others of the kind")
    assert str(PLAIN) == "same identity if the distance is at most 1 (target_far=0.01)"


points = st.integers(1, 7).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float64, (n, 2), elements=st.integers(-2, 2).map(float)),
        st.lists(st.sampled_from("abc"), min_size=n, max_size=n),
    )
)


@settings(deadline=None)
@given(hnp.arrays(np.float64, (3, 2), elements=st.integers(-2, 2).map(float)), points, st.floats(0.1, 4.0))
def test_nearest_and_runner_up_by_naive_loops(queries, gallery, threshold):
    """Of equally near items the first counts; the runner-up is the nearest whose label is another."""
    items, labels = gallery
    found = Calibration.from_threshold(threshold).match(queries, items, labels)
    for i, query in enumerate(queries):
        ranked = sorted((math.sqrt(((query - item) ** 2).sum()), j) for j, item in enumerate(items))
        nearest = labels[ranked[0][1]]
        others = [(distance, labels[j]) for distance, j in ranked if labels[j] != nearest]
        assert (found.nearest[i], found.distances[i]) == (nearest, ranked[0][0])
        assert found.labels[i] == (nearest if ranked[0][0] <= threshold else None)
        expected = others[0] if others else (math.inf, None)
        assert (found.runner_up_distances[i], found.runners_up[i]) == expected


def test_a_runner_up_behind_many_of_the_same_label_is_found():
    """700 items of one label lie nearer than the only other one."""
    gallery = np.r_[np.linspace(0.1, 1.0, 700), 3.0][:, None]
    labels = np.r_[np.zeros(700, int), 1]
    found = Calibration.from_threshold(1.0, dim=1).match(np.zeros((5, 1)), gallery, labels)
    assert found.runners_up.tolist() == [1] * 5
    assert found.runner_up_distances.tolist() == [3.0] * 5


@pytest.mark.parametrize(
    ("metric", "threshold", "distance"),
    [
        ("euclidean", 1.25, 1.25),
        ("squared_euclidean", 2.25, 1.5),
        ("cosine_similarity", 0.5, 1.0),
        ("cosine_similarity", -0.5, math.sqrt(3)),
        ("cosine_distance", 0.5, 1.0),
    ],
)
def test_a_threshold_from_elsewhere(tmp_path, metric, threshold, distance):
    """|a − b|² = 2 − 2 cos for directions; the witness accepts by the metric itself."""
    found = Calibration.from_threshold(threshold, metric=metric)
    assert found.threshold == pytest.approx(distance, rel=1e-15)
    rng = np.random.default_rng(0)
    queries, item = rng.normal(size=(200, 3)) * rng.uniform(0.1, 9, (200, 1)), np.array([[0.0, 3.0, 4.0]])
    cosine = (queries @ item[0]) / np.linalg.norm(queries, axis=1) / 5
    squared = ((queries - item) ** 2).sum(axis=1)
    accepted = {
        "euclidean": np.sqrt(squared) <= threshold,
        "squared_euclidean": squared <= threshold,
        "cosine_similarity": cosine >= threshold,
        "cosine_distance": 1 - cosine <= threshold,
    }[metric]
    queries = np.concatenate([queries, item])
    names = found.match(queries, item, ["x"]).labels
    assert [name == "x" for name in names] == [*accepted, True]
    assert f"given {metric}={threshold:g}" in str(found)
    assert str(found).endswith("never judged: the threshold was given")
    found.save(tmp_path / "a.json")
    assert Calibration.load(tmp_path / "a.json") == found
    assert "never judged" in json.loads((tmp_path / "a.json").read_text())["worth"]


def test_wrong_thresholds_raise():
    for threshold, options in (
        (0.0, {}),
        (-1.0, {}),
        (math.inf, {}),
        (math.nan, {}),
        (1.0, {"metric": "cosine_similarity"}),
        (-1.0, {"metric": "cosine_similarity"}),
        (2.0, {"metric": "cosine_distance"}),
        (0.0, {"metric": "squared_euclidean"}),
        (1.0, {"metric": "cosine"}),
        (1.0, {"dim": 0}),
    ):
        with pytest.raises(ValueError, match="Expected"):
            Calibration.from_threshold(threshold, **options)
    for threshold in (True, "1.0", None):
        with pytest.raises(TypeError, match="`threshold` to be a number"):
            Calibration.from_threshold(threshold)
    cosine = Calibration.from_threshold(0.5, metric="cosine_distance")
    with pytest.raises(ValueError, match=r"`gallery` without zero vectors.*row 1"):
        cosine.match([[1.0, 2.0]], [[1.0, 2.0], [0.0, 0.0]], ["a", "b"])
    with pytest.raises(ValueError, match="same dim"):
        cosine.match([[1.0, 2.0]], [[1.0]], ["a"])
    assert cosine.match([[1e140, 1e140]], [[1e-160, 1e-160]], ["a"]).labels.tolist() == ["a"]


def test_a_query_near_two_labels_is_searched_once():
    gallery, labels = np.arange(40.0)[:, None], np.resize(np.array([0, 1]), 40)
    depths = []

    def search(queries, k):
        depths.append(k)
        distances, items = nearest_neighbors(queries, gallery, k=k)
        return distances, labels.astype(object)[items], labels[items]

    found = matches_among(np.array([[3.2]]), search, 40, True, 1.0)
    assert (found.labels.tolist(), found.runners_up.tolist(), depths) == ([1], [0], [8])
