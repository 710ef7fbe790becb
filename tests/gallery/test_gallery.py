"""A gallery in memory: what goes in, what is found, and what is refused."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semihard.evaluation import Calibration, calibrate_identification
from semihard.gallery import Gallery
from tests.rooms import rooms_without_keras


def nearest(queries, vectors, k):
    """Items and distances by two loops and a stable sort."""
    items, distances = [], []
    for query in queries:
        measured = [
            math.sqrt(sum((float(a) - float(b)) ** 2 for a, b in zip(query, vector, strict=True))) for vector in vectors
        ]
        order = sorted(range(len(vectors)), key=lambda place: (measured[place], place))[:k]
        items.append(order)
        distances.append([measured[place] for place in order])
    return items, distances


def named(queries, vectors, labels, threshold):
    items, distances = nearest(queries, vectors, 1)
    pairs = zip(items, distances, strict=True)
    return [labels[item[0]] if distance[0] <= threshold else None for item, distance in pairs]


def points(seed=0, n=40, dim=3):
    # On a coarse grid: many are equally far, and some are the same.
    return np.random.default_rng(seed).integers(-2, 3, (n, dim)).astype(np.float32)


def same(gallery, other):
    """Whether two galleries hold the same items and answer the same."""
    for name in ("ids", "labels", "metadata", "dim", "metric", "model", "threshold"):
        assert getattr(gallery, name) == getattr(other, name), name
        assert repr(getattr(gallery, name)) == repr(getattr(other, name)), name  # 1 is not True
    assert np.array_equal(gallery.vectors, other.vectors)
    assert gallery.vectors.dtype == other.vectors.dtype or not len(gallery)
    if len(gallery):
        queries = points(9, 5, gallery.dim)
        assert gallery.search(queries).to_dict() == other.search(queries).to_dict()


def test_the_room_does_without_keras():
    assert "gallery" in rooms_without_keras()


@pytest.mark.parametrize("k", [1, 7, 40, 1000])
def test_search_and_match_are_those_of_two_loops(k):
    vectors, queries = points(), points(1, 12)
    labels = [f"class {place % 7}" for place in range(40)]
    gallery = Gallery.create(vectors, labels, threshold=1.5)
    found = gallery.search(queries, k)
    items, distances = nearest(queries, vectors, k)
    assert found.items.tolist() == found.ids.tolist() == items
    assert found.labels.tolist() == [[labels[item] for item in row] for row in items]
    np.testing.assert_allclose(found.distances, distances, rtol=1e-12)
    assert found.within.tolist() == [[distance <= 1.5 for distance in row] for row in distances]
    assert gallery.match(queries).labels.tolist() == named(queries, vectors, labels, 1.5)


grids = st.lists(st.lists(st.integers(-1, 1), min_size=2, max_size=2), min_size=1, max_size=9)


@given(grids, grids, st.integers(1, 12), st.floats(0.1, 3))
def test_ties_and_copies_stand_in_the_order_of_the_gallery(vectors, queries, k, threshold):
    labels = [f"{place % 3}" for place in range(len(vectors))]
    gallery = Gallery.create(vectors, labels, threshold=threshold)
    items, _ = nearest(queries, vectors, k)
    assert gallery.search(queries, k).items.tolist() == items
    assert gallery.match(queries).labels.tolist() == named(queries, vectors, labels, threshold)


def test_match_says_who_else_is_near():
    """At 0: "a" twice, then "b" at 3; at 4: "b" at 1 and the nearer "a", 3 away."""
    found = Gallery.create([[0.0], [1.0], [3.0]], ["a", "a", "b"], threshold=0.5).match([[0.0], [4.0]])
    assert found.labels.tolist() == ["a", None]
    assert found.nearest.tolist() == ["a", "b"]
    assert found.runners_up.tolist() == ["b", "a"]
    assert found.distances.tolist() == [0.0, 1.0]
    assert found.runner_up_distances.tolist() == [3.0, 3.0]


wanted = st.none() | st.lists(st.sampled_from([1, 1.0, True, "1", 0, False, 2**70]), max_size=3)


@given(st.integers(0, 9), wanted, wanted, st.none() | st.lists(st.integers(0, 29), max_size=29), st.integers(1, 30))
def test_a_filter_is_as_if_the_others_were_not_there(seed, labels, values, exclude, k):
    """1, 1.0 and True are one label and one value, "1" is another, as in any list of Python's."""
    vectors, queries = points(seed, 30), points(seed + 1, 4)
    has = [[1, True, "1", 0, 2.5, 2**70][place % 6] for place in range(30)]
    column = [[None, 1.0, "1", False][place % 4] for place in range(30)]
    gallery = Gallery.create(vectors, has, metadata={"column": column})
    where = None if values is None else {"column": values}
    left = [
        place
        for place in range(30)
        if (labels is None or has[place] in labels)
        and (values is None or column[place] in values)
        and (exclude is None or place not in exclude)
    ]
    items, _ = nearest(queries, vectors[left], k) if left else ([[]] * 4, None)
    for index in ("exact", "ann"):
        found = gallery.search(queries, k, index=index, labels=labels, where=where, exclude=exclude)
        assert found.items.tolist() == [[left[item] for item in row] for row in items]


def test_cosine_distance_is_one_minus_the_cosine_at_any_length():
    rng = np.random.default_rng(0)
    vectors, queries = rng.normal(size=(30, 5)) * rng.uniform(0.1, 9, (30, 1)), rng.normal(size=(4, 5))
    gallery = Gallery.create(vectors, range(30), metric="cosine_distance", threshold=0.3)
    found = gallery.search(queries, 30)
    cosine = queries @ vectors.T / np.linalg.norm(queries, axis=1)[:, None] / np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(found.distances, np.sort(1 - cosine, axis=1), atol=1e-12)
    assert found.items.tolist() == np.argsort(1 - cosine, axis=1).tolist()
    matched = gallery.match(queries)
    expected = [int(row.argmin()) if row.min() <= 0.3 else None for row in 1 - cosine]
    assert matched.labels.tolist() == expected and None in expected
    assert matched.distances.tolist() == found.distances[:, 0].tolist()
    assert np.array_equal(gallery.vectors, vectors)  # as they were given
    with pytest.raises(ValueError, match=r"zero vectors.*row 1"):
        gallery.search([[1.0, 0, 0, 0, 0], [0.0, 0, 0, 0, 0]])


def test_a_query_at_the_threshold_is_named():
    right_angle = Calibration.from_threshold(1.0, metric="cosine_distance")
    for metric, threshold in (("euclidean", 5.0), ("cosine_distance", right_angle)):
        gallery = Gallery.create([[3.0, 0.0]], ["a"], metric=metric, threshold=threshold)
        assert gallery.match([[0.0, 4.0]]).labels.tolist() == ["a"], metric
        assert gallery.search([[0.0, 4.0]]).within.all(), metric


@given(st.permutations(range(12)), st.data())
def test_the_order_of_items_and_the_names_of_labels_change_nothing(order, data):
    vectors, queries = np.random.default_rng(3).normal(size=(12, 4)), np.random.default_rng(4).normal(size=(6, 4))
    labels = [place % 5 for place in range(12)]
    names = data.draw(st.lists(st.text(max_size=4) | st.integers(), min_size=5, max_size=5, unique=True))
    ids = [f"item {place}" for place in range(12)]
    one = Gallery.create(vectors, labels, ids, threshold=1.8)
    two = Gallery.create(vectors[order], [names[labels[place]] for place in order], [ids[place] for place in order])
    two.threshold = 1.8
    assert one.search(queries).ids.tolist() == two.search(queries).ids.tolist()
    expected = [None if label is None else names[label] for label in one.match(queries).labels]
    assert two.match(queries).labels.tolist() == expected


@given(
    st.lists(
        st.tuples(st.just("add"), st.lists(st.integers(-2, 2), min_size=1, max_size=4), st.booleans())
        | st.tuples(st.just("remove"), st.lists(st.integers(0, 30), max_size=3), st.booleans()),
        max_size=12,
    )
)
def test_adding_and_removing_is_as_making_it_anew(steps):
    gallery = Gallery.create()
    kept = []  # (vector, label, id, file)
    for number, (what, values, flag) in enumerate(steps):
        if what == "add":
            vectors = np.array([[value, number % 3] for value in values], np.float32)
            labels = [f"{value}" if flag else value for value in values]
            ids = [f"{number}.{place}" for place in range(len(values))] if flag else None
            found = gallery.add(vectors, labels, ids, {"file": list(map(str, values))} if flag else None)
            files = [str(value) if flag else None for value in values]
            kept += list(zip(vectors.tolist(), labels, found, files, strict=True))
        elif kept:
            gone = {kept[place % len(kept)][2] for place in values}
            gallery.remove(list(gone))
            kept = [item for item in kept if item[2] not in gone]
    assert len(gallery) == len(kept)
    if kept:
        vectors, labels, ids, files = map(list, zip(*kept, strict=True))
        again = Gallery.create(np.array(vectors, np.float32), labels, ids, {"file": files})
        if "file" not in gallery.metadata:
            again = Gallery.create(np.array(vectors, np.float32), labels, ids)
        same(gallery, again)


def test_an_id_that_is_gone_is_not_given_again():
    gallery = Gallery.create([[0.0], [1.0]])
    gallery.remove([1])
    assert gallery.add([[2.0], [3.0]]) == [2, 3]
    assert gallery.add([[4.0]], ids=[9]) == [9]
    assert gallery.add([[5.0]]) == [10]


@pytest.mark.parametrize(
    "labels",
    [
        ["1", 1, 2**80, 2.5],
        [True, 2, 2.5, -0.5],
        np.array([True, 2, 2.5, "x"], object),
        np.array([1, 2, 3, 2**53 + 1]),
        np.array(["a", "b", "c", "\udcff"]),
        pd.Series(["a", "b", "a", "c"], dtype="category"),
        ["a\tb", "line\nend", "\N{PILE OF POO}", "<b>"],
        (number for number in (4, 5, 6, 7)),
        [[1], [2], [3], [4]],
    ],
)
def test_labels_are_never_cast(labels):
    expected = {"generator": [4, 5, 6, 7]}.get(type(labels).__name__)
    if expected is None:
        expected = [label[0] if isinstance(label, list) else label for label in list(labels)]
        expected = [label.item() if isinstance(label, np.generic) else label for label in expected]
    found = Gallery.create(np.eye(4), labels).labels
    assert found == expected
    assert list(map(type, found)) == list(map(type, expected))


def test_equal_labels_are_one_as_everywhere_here():
    found = Gallery.create([[0.0], [1.0], [3.0]], [1, 1.0, 2], threshold=9).match([[0.2]])
    assert found.runners_up.tolist() == [2]


def test_metadata_keeps_numbers_and_text_and_says_what_is_missing():
    frame = pd.DataFrame({"file": ["a", None], "year": [2024.0, np.nan], "n": [1, 2]})
    gallery = Gallery.create(np.eye(2), metadata=frame)
    gallery.add([[5.0, 5.0]], metadata={"who": ["me"]})
    assert gallery.metadata == {
        "file": ["a", None, None],
        "year": [2024.0, None, None],
        "n": [1, 2, None],
        "who": [None, None, "me"],
    }
    hit = gallery.search([[5.0, 5.0]], 1).items[0, 0]
    assert gallery.metadata["who"][hit] == "me"


def test_an_empty_gallery_finds_nothing_and_nobody():
    gallery = Gallery.create(threshold=1.0)
    assert (len(gallery), gallery.dim, gallery.ids, gallery.labels) == (0, None, [], [])
    found = gallery.search([[1.0, 2.0]])
    assert found.distances.shape == found.ids.shape == (1, 0)
    assert str(found) == "1 queries, and nothing in the gallery"
    assert gallery.match([[1.0, 2.0]]).labels.tolist() == [None]
    assert gallery.match([[1.0, 2.0]]).distances.tolist() == [math.inf]
    gallery.add(np.eye(2), ["a", "b"])
    gallery.remove([0, 1])
    assert gallery.match(np.eye(2)).labels.tolist() == [None, None]
    assert gallery.dim == 2  # the model is still the same


def test_a_result_prints_as_a_table_and_goes_through_json():
    gallery = Gallery.create(np.arange(30.0)[:, None], ["a\nb", *range(29)], threshold=3)
    found = gallery.search([[0.0], [40.0]], 15)
    lines = str(found).splitlines()
    assert lines[0].split() == ["query", "rank", "euclidean", "id", "label"]
    assert lines[1].split() == ["0", "1", "0.0000", "0", "a", "b"]
    assert lines[5].endswith("beyond the threshold") and not lines[4].endswith("threshold")
    assert lines[-1] == "… and 10 more" and len(lines) == 22
    content = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert content["labels"][0][:2] == ["a\nb", 0]
    assert content["within"][0] == [distance <= 3 for distance in content["distances"][0]]


def test_metadata_is_set_for_all_items_or_not_at_all():
    gallery = Gallery.create(np.eye(2), ["a", "b"], metadata={"file": ["a.png", None], "year": [1, 2]}, threshold=0.5)
    before = gallery.search(np.eye(2), 1).to_dict()
    gallery.metadata = {"file": ["x.png", "y.png"]}
    assert gallery.metadata == {"file": ["x.png", "y.png"]}
    assert gallery.search(np.eye(2), 1).to_dict() == before
    with pytest.raises(ValueError, match="Expected one label"):
        gallery.metadata = {"file": ["x.png"]}
    assert gallery.metadata == {"file": ["x.png", "y.png"]}
    gallery.metadata = None
    assert gallery.metadata == {}


def test_vectors_of_another_model_are_refused_when_both_are_known():
    gallery = Gallery.create([[0.0]], ["a"], model="f00d", threshold=1)
    gallery.add([[1.0]], ["b"], model="f00d")
    gallery.add([[2.0]], ["c"])
    for refused in (gallery.add, gallery.search, gallery.match):
        with pytest.raises(ValueError, match=r"gallery's model, f00d\. Received: model='beef'"):
            refused([[1.0]], model="beef")
    unknown = Gallery.create([[0.0]])
    unknown.add([[1.0]], model="beef")
    assert unknown.model is None  # the first vector may be of any
    empty = Gallery.create()
    empty.add([[1.0]], model="beef")
    assert empty.model == "beef"


def test_a_calibration_is_a_threshold_if_it_measures_the_same():
    euclidean = Calibration.from_threshold(1.5, dim=2)
    cosine = Calibration.from_threshold(0.25, metric="cosine_distance")
    gallery = Gallery.create(np.eye(2), ["a", "b"], threshold=euclidean)
    assert gallery.threshold == 1.5
    assert "1.5 (given euclidean=1.5)" in str(gallery)
    with pytest.raises(ValueError, match=r"distances of embeddings as they are.*directions=False"):
        gallery.threshold = cosine
    assert Gallery.create(metric="cosine_distance", threshold=cosine).threshold == pytest.approx(0.25)
    with pytest.raises(ValueError, match=r"distances of directions.*directions=True"):
        Gallery.create(metric="cosine_distance", threshold=euclidean)
    with pytest.raises(ValueError, match="threshold for vectors of 3 dimensions"):
        Gallery.create(np.eye(3), threshold=euclidean)
    empty = Gallery.create(threshold=euclidean)
    with pytest.raises(ValueError, match="threshold for vectors of 3 dimensions"):
        empty.add(np.eye(3))
    gallery.threshold = None
    assert gallery.threshold is None
    assert gallery.search(np.eye(2)).within.all()
    with pytest.raises(ValueError, match="Expected a gallery with a threshold"):
        gallery.match(np.eye(2))


BAD = [
    ("NaN", lambda g: g.add([[np.nan, 1.0]]), ValueError, "finite"),
    ("NaN query", lambda g: g.search([[np.nan, 1.0]]), ValueError, "`queries` to hold finite"),
    ("NaN to match", lambda g: g.match([[np.nan, 1.0]]), ValueError, "`queries` to hold finite"),
    ("one vector", lambda g: g.search([1.0, 2.0]), ValueError, r"\[n, dim\]"),
    ("other dim", lambda g: g.add(np.eye(3)), ValueError, r"\[n, 2\], as the gallery's vectors"),
    ("other dim to search", lambda g: g.search(np.eye(3)), ValueError, r"`queries` to be \[n, 2\]"),
    ("text", lambda g: g.add([["a", "b"]]), TypeError, "real numbers"),
    ("k", lambda g: g.search(np.eye(2), 0), ValueError, "`k` to be at least 1"),
    ("labels short", lambda g: g.add(np.eye(2), ["a"]), ValueError, r"\[2\]"),
    ("no label", lambda g: g.add(np.eye(2), ["a", None]), ValueError, "missing"),
    ("a tuple", lambda g: g.add(np.eye(2), [("a", 1), "b"]), TypeError, "tuple at place 0"),
    ("times", lambda g: g.add(np.eye(2), np.array(["2024", "2025"], "M8[ns]")), TypeError, "datetime64"),
    ("infinite", lambda g: g.add(np.eye(2), [1.0, math.inf]), ValueError, "without infinity"),
    ("id there", lambda g: g.add(np.eye(2), ids=["new", "x"]), ValueError, "'x', which the gallery holds already"),
    ("id twice", lambda g: g.add(np.eye(2), ids=["n", "n"]), ValueError, "'n' more than once"),
    ("id of float", lambda g: g.add(np.eye(2), ids=[1.5, 2.5]), TypeError, "float at place 0"),
    ("metadata", lambda g: g.add(np.eye(2), metadata=["a", "b"]), TypeError, "columns by name"),
    ("metadata short", lambda g: g.add(np.eye(2), metadata={"f": ["a"]}), ValueError, "Expected one label"),
    ("metadata name", lambda g: g.add(np.eye(2), metadata={3: ["a", "b"]}), TypeError, "names of columns"),
    ("metadata cell", lambda g: g.add(np.eye(2), metadata={"f": [{}, "b"]}), TypeError, "dict at place 0"),
    ("unknown id", lambda g: g.remove(["x", "nobody"]), ValueError, "'nobody'.*Nothing was changed"),
    ("one id", lambda g: g.remove("x"), TypeError, r"Pass \['x'\]"),
    ("model", lambda g: g.add(np.eye(2), model=3), TypeError, "`model` to be a text"),
    ("threshold", lambda g: setattr(g, "threshold", -1), ValueError, "above 0"),
    ("threshold of text", lambda g: setattr(g, "threshold", "1"), TypeError, "a number"),
]


@pytest.mark.parametrize(("act", "error", "words"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_bad_input_is_refused_and_changes_nothing(act, error, words):
    gallery = Gallery.create([[0.0, 0.0], [1.0, 1.0]], ["a", "b"], ["x", "y"], threshold=1)
    with pytest.raises(error, match=words):
        act(gallery)
    same(gallery, Gallery.create([[0.0, 0.0], [1.0, 1.0]], ["a", "b"], ["x", "y"], threshold=1))
    assert gallery.add([[0.0, 0.0]]) == [0]


def test_an_id_is_not_what_only_equals_it():
    gallery = Gallery.create(np.eye(2), ids=[1, "1"])
    for other in (True, 1.0):
        with pytest.raises(TypeError, match="str, int"):
            gallery.remove([other])
    gallery.remove(np.array([1]))
    assert gallery.ids == ["1"]


def test_what_cannot_be_made_is_refused():
    with pytest.raises(ValueError, match="`metric` to be one of 'euclidean', 'cosine_distance'"):
        Gallery.create(metric="cosine")
    with pytest.raises(ValueError, match="Expected `vectors` beside"):
        Gallery.create(labels=["a"])
    with pytest.raises(ValueError, match="1 of 2 without"):
        gallery = Gallery.create([[0.0]], ["a"], threshold=1)
        gallery.add([[1.0]])
        gallery.match([[0.0]])


def test_what_the_caller_does_with_the_array_later_changes_nothing():
    vectors = np.zeros((2, 2))
    gallery = Gallery.create(vectors)
    vectors[:] = 7
    assert not gallery.vectors.any()
    with pytest.raises(ValueError, match="read-only"):
        gallery.vectors[0] = 1
    gallery.labels.append("x")
    assert len(gallery.labels) == 2


def test_a_gallery_that_outgrows_its_threshold_says_so(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(40), 10)
    vectors = rng.normal(size=(40, 8))[labels] + 0.2 * rng.normal(size=(400, 8))
    calibration = calibrate_identification(vectors, labels, target_fpir=0.1, gallery=3)
    gallery = Gallery.create(vectors[:30], labels[:30], threshold=calibration)
    assert gallery.note is None
    gallery.add(vectors[30:40])  # without a label: no name comes of them
    assert gallery.note is None
    gallery.add(vectors[40:50], labels[40:50])
    assert "calibrated for 3 labels, and there are 4" in gallery.note
    assert str(gallery).endswith(gallery.note)
    assert Gallery.open(gallery.save(tmp_path)).note == gallery.note
    gallery.threshold = calibration.threshold  # of whatever size
    assert gallery.note is None
