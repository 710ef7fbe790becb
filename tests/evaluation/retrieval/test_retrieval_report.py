"""The cheap report, of one search and without intervals, against naive loops and scikit-learn."""

import importlib
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import average_precision_score
from sklearn.neighbors import NearestNeighbors

from semihard.evaluation import evaluate, score_queries
from tests.oracles import retrieval as oracle


def cheap(embeddings, labels, *, ks=(1, 5), **options):
    return evaluate(embeddings, labels, ks=ks, resamples=0, **options)


def flat(report):
    return {
        **{name: figure.value for name, figure in report.figures.items()},
        "scored": report.scored,
        "total": report.total,
    }


def same_figures(report, expected, tolerance=1e-12):
    report = flat(report)
    # 1 is always among the k.
    assert report.keys() - {"recall_at_1"} == expected.keys() - {"recall_at_1"}
    for name, value in expected.items():
        assert report[name] == pytest.approx(value, abs=tolerance, nan_ok=True), name


# A coarse grid ties nearly everything; 0.1 is no binary fraction, so these ties have to survive rounding.
tied_sets = st.integers(1, 9).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float32, (n, 2), elements=st.sampled_from([0.0, 0.1, 0.2, 1e4]).map(np.float32)),
        hnp.arrays(np.int64, n, elements=st.integers(0, 2)),
    )
)


@settings(deadline=None)
@given(tied_sets, st.integers(1, 4))
def test_equals_naive_loops_on_tied_data(data, k):
    # Integers, so that the true distances tie exactly where the computed ones do.
    embeddings, labels = np.rint(data[0] * 10), data[1]
    same_figures(cheap(embeddings, labels, ks=[k]), oracle.report(embeddings, labels, k))


def test_equals_naive_loops_on_untied_data():
    rng = np.random.default_rng(0)
    embeddings, labels = rng.normal(size=(60, 5)).astype(np.float32), rng.integers(0, 6, 60)
    same_figures(cheap(embeddings, labels, ks=[3]), oracle.report(embeddings, labels, 3))


@settings(deadline=None)
@given(tied_sets, st.randoms(use_true_random=False))
def test_order_and_names_change_nothing(data, random):
    embeddings, labels = data
    expected = cheap(embeddings, labels)
    order = random.sample(range(len(labels)), len(labels))
    renamed = np.array(["zebra", "ape", "mule"])[labels]
    for report in (cheap(embeddings[order], labels[order]), cheap(embeddings, renamed)):
        same_figures(report, flat(expected), tolerance=0)


@pytest.mark.parametrize("dim", [3, 17, 256])
def test_order_and_blocks_change_nothing_with_many_duplicates(dim):
    """503 rows drawn from 60 directions: the edges of BLAS tiles fall everywhere, and every distance is tied."""
    rng = np.random.default_rng(dim)
    points = rng.normal(size=(60, dim))
    points = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    embeddings, labels = points[rng.integers(0, 60, 503)], rng.integers(0, 30, 503)
    expected = flat(cheap(embeddings, labels))
    for memory in (1, 300_000, 2_000_000):
        order = rng.permutation(503)
        same_figures(cheap(embeddings[order], labels[order], memory=memory), expected, tolerance=0)


@pytest.mark.parametrize("value", [0.0, 0.1, -3.7e4])
def test_collapsed_embeddings_score_chance(value):
    """All tied: each query's Recall@1 and R-Precision are R / (n − 1), whatever the order of the labels.

    With classes of 40 and 20 among 60, R / 59 is 39/59 and 19/59; the mean over queries is (40·39 + 20·19) / (60·59).
    """
    embeddings = np.full((60, 37), value, np.float32)
    report = cheap(embeddings, np.repeat([0, 1], [40, 20]))
    chance = (40 * 39 + 20 * 19) / (60 * 59)
    assert report.figures["recall_at_1"].value == pytest.approx(chance, abs=1e-13)
    assert report.figures["r_precision"].value == pytest.approx(chance, abs=1e-13)
    same_figures(cheap(embeddings, np.tile([0, 1, 0], 20)), flat(report), tolerance=0)


def test_classes_collapsed_onto_two_points_tie_within_each():
    """Points p, p, p, q with labels 0, 0, 1, 1: queries 0 and 1 find their one partner first half of the time.

    Query 2 (R = 1) has two others of label 0 before it: 0. Query 3 sees three tied ones, one relevant: 1/3.
    """
    point, other = np.random.default_rng(0).normal(size=(2, 50)).astype(np.float32)
    scores = score_queries(np.stack([point, point, point, other]), [0, 0, 1, 1], ks=[1])
    np.testing.assert_allclose(scores.recall_at[1], [1 / 2, 1 / 2, 0, 1 / 3], rtol=1e-14)


def test_one_class_only_is_perfect():
    report = cheap(np.random.default_rng(0).normal(size=(30, 4)), np.zeros(30, int))
    assert flat(report) == {
        "recall_at_1": 1.0,
        "recall_at_5": 1.0,
        "r_precision": 1.0,
        "map_at_r": 1.0,
        "scored": 30,
        "total": 30,
    }


def test_singletons_are_counted_and_not_scored():
    report = cheap([[0.0], [1.0], [5.0]], ["a", "b", "c"])
    assert (report.scored, report.total) == (0, 3)
    assert math.isnan(report.figures["map_at_r"].value)
    mixed = cheap([[0.0], [1.0], [5.0], [6.0]], ["a", "a", "b", "c"])
    assert (mixed.scored, mixed.total, mixed.figures["map_at_r"].value) == (2, 4, 1.0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.int64(2**53), np.int64(2**53 + 1)),
        (np.uint64(2**63), np.uint64(2**63 + 1)),
        (2**53, 2**64),
        (-1, 2**63),
        ("a", "a "),
        (np.int8(-128), np.int8(127)),
    ],
)
def test_close_labels_stay_apart(one, other):
    """Two pairs side by side: perfect if the labels differ; each query has one partner, not three."""
    scores = score_queries([[0.0], [1.0], [10.0], [11.0]], [one, one, other, other])
    assert scores.relevant.tolist() == [1, 1, 1, 1]


def test_signed_and_unsigned_labels_meet_exactly():
    """int64 and uint64 would meet as float64, where 2^53 + 1 equals 2^53."""
    labels, gallery_labels = np.array([2**53 + 1]), np.array([2**53, 2**53 + 1], np.uint64)
    scores = score_queries([[0.0]], labels, gallery=[[0.0], [1.0]], gallery_labels=gallery_labels, ks=[1])
    assert scores.relevant.tolist() == [1]
    assert scores.recall_at[1].tolist() == [0.0]


def test_labels_may_be_a_column():
    embeddings = np.random.default_rng(0).normal(size=(20, 3))
    labels = np.arange(20) % 4
    assert cheap(embeddings, labels[:, None]) == cheap(embeddings, labels)


def test_scikit_learn_finds_the_same():
    """Recall@k and R-Precision from scikit-learn's neighbours, asked for one more than needed, less the query itself.

    The data have no ties, so dropping the query by position in its list is the same as by id.
    """
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(8, 16))
    labels = rng.integers(0, 8, 400)
    embeddings = (centres[labels] + 1.5 * rng.normal(size=(400, 16))).astype(np.float32)
    neighbours = NearestNeighbors(n_neighbors=400, algorithm="brute").fit(embeddings.astype(float))
    found = neighbours.kneighbors(return_distance=False, n_neighbors=399)
    hits = labels[found] == labels[:, None]
    total = hits.sum(axis=1)
    report = cheap(embeddings, labels)
    assert report.figures["recall_at_1"].value == pytest.approx(hits[:, 0].mean(), abs=1e-12)
    assert report.figures["recall_at_5"].value == pytest.approx(hits[:, :5].any(axis=1).mean(), abs=1e-12)
    precisions = [row[:r].mean() for row, r in zip(hits, total, strict=True)]
    assert report.figures["r_precision"].value == pytest.approx(np.mean(precisions), abs=1e-12)


def test_scikit_learn_average_precision():
    """AP of the R nearest as a list of its own is Σ P(i) rel(i) / hits; times hits / R it is MAP@R.

    `average_precision_score` divides by the relevant items it is given, so it sees the top R only.
    """
    rng = np.random.default_rng(4)
    embeddings, labels = rng.normal(size=(150, 6)), rng.integers(0, 3, 150)
    ours = score_queries(embeddings, labels).map_at_r
    for i in range(150):
        distances = np.linalg.norm(embeddings - embeddings[i], axis=1)
        others = np.flatnonzero(np.arange(150) != i)
        total = int((labels[others] == labels[i]).sum())
        top = others[np.argsort(distances[others])[:total]]
        hits = labels[top] == labels[i]
        expected = average_precision_score(hits, -distances[top]) * hits.sum() / total if hits.any() else 0.0
        assert ours[i] == pytest.approx(expected, abs=1e-12)


def test_near_duplicates_far_from_the_origin_keep_their_order():
    """At 1e4 in each of 64 dimensions, ‖a‖² is 6.4e9: float32 products are off by hundreds, these steps are 2^-10.

    Points 0, 1, 3, 7 steps out with labels a, b, b, a: 0 and 1 are each other's nearest (miss), 3 finds 1 (hit),
    7 finds 3 (miss).
    """
    embeddings = np.full((4, 64), 1e4, np.float32)
    embeddings[:, 5] += np.array([0, 1, 3, 7], np.float32) * 2.0**-10
    scores = score_queries(embeddings, list("abba"), ks=[1])
    assert scores.recall_at[1].tolist() == [0.0, 0.0, 1.0, 0.0]


def test_a_gallery_is_searched_whole_unless_ids_say_otherwise():
    """The query lies on gallery item 0 (label a), then come b and a: 1 of 2 hits in the top 2, then P = 1, 2/3.

    With the id of item 0 excluded, R = 1 and b comes first.
    """
    gallery, labels = np.array([[0.0], [1.0], [2.0]]), ["a", "b", "a"]
    without = score_queries([[0.0]], ["a"], gallery=gallery, gallery_labels=labels, ks=[1])
    assert (without.relevant[0], without.recall_at[1][0], without.map_at_r[0]) == (2, 1.0, 0.5)
    excluded = score_queries(
        [[0.0]], ["a"], gallery=gallery, gallery_labels=labels, ids=["x"], gallery_ids=["x", "y", "z"], ks=[1]
    )
    assert (excluded.relevant[0], excluded.recall_at[1][0], excluded.map_at_r[0]) == (1, 0.0, 0.0)


def test_self_is_excluded_by_id_and_not_by_position():
    """Rows 0 and 1 are copies: the nearest of row 0 may be row 0 or 1, and only row 1 counts."""
    scores = score_queries([[0.0], [0.0], [9.0]], ["a", "b", "a"], ks=[1])
    assert scores.recall_at[1][0] == 0.0
    shared = score_queries([[0.0], [0.0], [9.0]], ["a", "b", "a"], ids=[7, 7, 8], ks=[1])
    assert shared.recall_at[1][0] == 1.0


def test_progress_counts_scored_queries():
    seen = []
    embeddings, labels = np.random.default_rng(0).normal(size=(50, 3)), np.r_[np.arange(48) % 6, 90, 91]
    cheap(embeddings, labels, memory=10_000, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 1
    assert all(before[0] < after[0] for before, after in pairwise(seen))
    assert seen[-1] == (48, 48)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"embeddings": [1.0, 2.0], "labels": [0, 0]}, ValueError, r"\[n, dim\]"),
        ({"embeddings": [[1.0], [2.0]], "labels": [0]}, ValueError, r"`labels` to be \[2\]"),
        ({"embeddings": [[1.0], [2.0]], "labels": [[0, 1], [1, 0]]}, ValueError, r"`labels` to be.*argmax"),
        ({"embeddings": [[1.0], [np.nan]], "labels": [0, 0]}, ValueError, "first in row 1"),
        ({"embeddings": [[1.0], [-np.inf]], "labels": [0, 0]}, ValueError, "first in row 1"),
        ({"embeddings": np.empty((0, 3)), "labels": []}, ValueError, "at least one"),
        ({"embeddings": [["a"], ["b"]], "labels": [0, 0]}, TypeError, "real numbers"),
        ({"embeddings": [[1j], [2.0]], "labels": [0, 0]}, TypeError, "real numbers"),
        ({"embeddings": [[1.0], [2.0]], "labels": [0.0, np.nan]}, ValueError, "NaN"),
        ({"embeddings": [[1.0], [2.0]], "labels": [0, None]}, ValueError, "missing.*place 1"),
        ({"embeddings": [[1.0], [2.0]], "labels": [0, 0], "ks": [0]}, ValueError, "`k`"),
        ({"embeddings": [[1.0]], "labels": [0], "gallery": [[1.0]]}, ValueError, "gallery_labels"),
        (
            {"embeddings": [[1.0]], "labels": [0], "gallery": [[1.0, 2.0]], "gallery_labels": [0]},
            ValueError,
            "dimensions",
        ),
        ({"embeddings": [[1.0]], "labels": [0], "gallery": [[1.0]], "gallery_labels": ["0"]}, TypeError, "one kind"),
        (
            {"embeddings": [[1.0]], "labels": [0], "gallery": [[1.0]], "gallery_labels": [0], "ids": [1]},
            ValueError,
            "together",
        ),
        ({"embeddings": [[1.0]], "labels": [0], "gallery_ids": [1]}, ValueError, "gallery_ids"),
        ({"embeddings": [[1.0]], "labels": [0], "ids": [1, 2]}, ValueError, "`ids`"),
    ],
)
def test_bad_arguments_raise(arguments, error, words):
    with pytest.raises(error, match=words):
        cheap(**arguments)


@pytest.fixture
def depths_searched(monkeypatch):
    """The depths of each search that is begun, [searches][queries]."""
    module = importlib.import_module("semihard.evaluation.retrieval._score_queries")
    begun, search = [], module.neighbor_blocks

    def spy(*arguments, depth, **options):
        begun.append(np.asarray(depth).copy())
        return search(*arguments, depth=depth, **options)

    monkeypatch.setattr(module, "neighbor_blocks", spy)
    return begun


def test_a_report_searches_once_and_no_deeper_than_its_figures_need(depths_searched):
    """Rows of chance: MRR, which nobody asked for, would look on for hits beyond R in most of them."""
    embeddings, labels = np.random.default_rng(0).normal(size=(60, 4)), np.arange(60) % 20
    cheap(embeddings, labels, ks=[1, 5])
    assert [depths.tolist() for depths in depths_searched] == [[5] * 60]
    del depths_searched[:]
    evaluate(embeddings, labels, ks=[1, 5], resamples=1)
    assert len(depths_searched) > 2


def test_a_report_holds_what_was_asked_for_and_no_more(depths_searched):
    """Health needs no search at all; MRR alone begins with one neighbor. What is there does not depend on the rest."""
    embeddings, labels = np.random.default_rng(0).normal(size=(60, 4)), np.arange(60) % 20
    whole = evaluate(embeddings, labels, resamples=1)
    part = evaluate(embeddings, labels, resamples=0, measures=["reciprocal_rank", "precision_at"], ks=[3])
    assert part.figures.keys() == part.macro.keys() == {"precision_at_1", "precision_at_3", "mrr"}
    assert part.figures["mrr"].value == whole.figures["mrr"].value
    assert (part.confusions, part.health) == (None, None)
    assert all(math.isnan(row.map_at_r) for row in part.classes)
    text = str(part)
    assert "weakest" not in text
    assert "interval" not in text
    del depths_searched[:]
    alone = evaluate(embeddings, labels, resamples=0, measures=["health"])
    assert [depths.tolist() for depths in depths_searched] == [[0] * 60]
    assert (alone.health, alone.figures) == (whole.health, {})
    counted = evaluate(embeddings, labels, resamples=0, measures=["confusions"])
    assert counted.confusions == whole.confusions
    assert counted.health is None


def test_only_what_is_asked_for_is_computed_and_it_is_the_same(depths_searched):
    """Of 3 relevant items, Recall@1 alone needs one neighbour, R-Precision three."""
    embeddings, labels = np.random.default_rng(0).normal(size=(60, 4)), np.arange(60) % 15
    whole = score_queries(embeddings, labels, ks=[1])
    for measure, depth in (("recall_at", 1), ("precision_at", 1), ("r_precision", 3), ("map_at_r", 3)):
        del depths_searched[:]
        some = score_queries(embeddings, labels, ks=[1], measures=[measure])
        assert [depths.tolist() for depths in depths_searched] == [[depth] * 60]
        for name in ("recall_at", "precision_at", "r_precision", "map_at_r", "reciprocal_rank"):
            found, expected = (
                [scores[1] if isinstance(scores, dict) else scores]
                for scores in (getattr(some, name), getattr(whole, name))
            )
            assert np.isnan(found).all() if name != measure else np.array_equal(found, expected), name
        assert not len(some.confusions.largest(9)[0])
    alone = score_queries(embeddings, labels, measures=["reciprocal_rank"])
    assert np.array_equal(alone.reciprocal_rank, whole.reciprocal_rank)
    counted = score_queries(embeddings, labels, measures=["confusions"]).confusions.largest(50)
    assert all(np.array_equal(a, b) for a, b in zip(counted, whole.confusions.largest(50), strict=True))
    with pytest.raises(ValueError, match="measures='mrr'"):
        score_queries(embeddings, labels, measures=["mrr"])


def test_queries_that_are_the_gallery_are_told_of():
    """Each finds itself first: Recall@1 is 1 for labels of chance, and the report says why. By id, it finds others."""
    embeddings, labels = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32), np.arange(60) % 6
    both = {"gallery": embeddings.astype(np.float64), "gallery_labels": labels}
    report = cheap(embeddings, labels, **both)
    assert report.figures["recall_at_1"].value == 1.0
    assert report.copies == report.to_dict()["copies"] == 60
    assert "Every query is in the gallery itself, bit for bit" in str(report)
    some = cheap(np.concatenate([embeddings[:3], -embeddings[:2]]), labels[[0, 1, 2, 0, 1]], **both)
    assert some.copies == 3
    assert "3 of 5 queries are in the gallery themselves" in str(some)
    by_id = cheap(embeddings, labels, **both, ids=np.arange(60), gallery_ids=np.arange(60))
    alone = cheap(embeddings, labels)
    assert by_id == alone
    assert alone.copies == 0
    assert "gallery" not in str(alone)


def test_collapsed_embeddings_and_other_classes_are_no_copies():
    gallery = np.random.default_rng(0).normal(size=(6, 2))
    other = cheap(gallery, np.zeros(6, int), gallery=gallery, gallery_labels=np.ones(6, int))
    assert other.copies == 0
    assert cheap(np.ones((6, 2)), [0] * 6, gallery=np.ones((6, 2)), gallery_labels=[0] * 6).copies == 0
