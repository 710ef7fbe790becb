"""Every figure of the report against naive loops, on tied, collapsed, long-tailed and singleton data."""

import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from matplotlib.image import imread

import semihard
from semihard.evaluation import evaluate, score_queries
from semihard.evaluation.retrieval._evaluate import EVERYTHING
from tests.oracles import retrieval as oracle

tied_sets = st.integers(2, 9).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, (n, 2), elements=st.integers(0, 2)), hnp.arrays(np.int64, n, elements=st.integers(0, 3))
    )
)
METRICS = {
    "recall_at_1": lambda ranked: oracle.recall_at_k(ranked, 1),
    "recall_at_3": lambda ranked: oracle.recall_at_k(ranked, 3),
    "precision_at_1": lambda ranked: oracle.precision_at_k(ranked, 1),
    "precision_at_3": lambda ranked: oracle.precision_at_k(ranked, 3),
    "r_precision": oracle.r_precision,
    "map_at_r": oracle.map_at_r,
    "mrr": oracle.reciprocal_rank,
}


def everything(points, labels, **options):
    """All that there is to compute, but for intervals."""
    return evaluate(points, labels, measures=EVERYTHING, resamples=0, **options)


def naive(points, labels):
    """metric → label → scores of its queries, each the mean over all orders of tied items."""
    scores = {name: {} for name in METRICS}
    for i, label in enumerate(labels):
        others = [j for j in range(len(labels)) if j != i]
        relevant = [labels[j] == label for j in others]
        if any(relevant):
            distances = [oracle.squared_distance(points[i], points[j]) for j in others]
            for name, metric in METRICS.items():
                scores[name].setdefault(label, []).append(oracle.mean_over_orders(metric, distances, relevant))
    return scores


def naive_confusions(points, labels):
    """(label, retrieved) → places among the R nearest, averaged over the orders of tied items, as fractions."""
    found = {}
    for i, label in enumerate(labels):
        others = [j for j in range(len(labels)) if j != i]
        total = sum(labels[j] == label for j in others)
        distances = {j: oracle.squared_distance(points[i], points[j]) for j in others}
        for j in others:
            before = sum(distances[other] < distances[j] for other in others)
            tied = sum(distances[other] == distances[j] for other in others)
            places = Fraction(min(max(total - before, 0), tied), tied)
            if labels[j] != label and places:
                found[label, labels[j]] = found.get((label, labels[j]), 0) + places
    return found


@settings(deadline=None, max_examples=40)
@given(tied_sets)
def test_equals_naive_loops(data):
    points, labels = data[0].astype(float), data[1].tolist()
    report = everything(points, labels, ks=[1, 3])
    expected = naive(points, labels)
    assert set(report.figures) == set(report.macro) == set(METRICS)
    for name, by_label in expected.items():
        micro, macro = report.figures[name].value, report.macro[name].value
        every = list(itertools.chain(*by_label.values()))
        if not every:
            assert math.isnan(micro)
            assert math.isnan(macro)
            continue
        assert micro == pytest.approx(float(sum(every) / len(every)), abs=1e-12), name
        means = [sum(values) / len(values) for values in by_label.values()]
        assert macro == pytest.approx(float(sum(means) / len(means)), abs=1e-12), name
    for row in report.classes:
        assert row.queries == labels.count(row.label)
        for name in ("recall_at_1", "r_precision", "map_at_r"):
            values = expected[name].get(row.label)
            if values is None:
                assert (row.scored, math.isnan(getattr(row, name))) == (0, True)
            else:
                assert row.scored == len(values)
                assert getattr(row, name) == pytest.approx(float(sum(values) / len(values)), abs=1e-12)
    confusions = {(pair.label, pair.retrieved): pair.places for pair in report.confusions}
    assert confusions == {
        pair: pytest.approx(float(places)) for pair, places in naive_confusions(points, labels).items()
    }


@settings(deadline=None, max_examples=40)
@given(tied_sets, st.randoms(use_true_random=False))
def test_order_and_names_change_nothing(data, random):
    points, labels = data
    expected = evaluate(points, labels, resamples=50)
    order = random.sample(range(len(labels)), len(labels))
    shuffled = evaluate(points[order], labels[order], resamples=50)
    assert shuffled.figures == expected.figures or math.isnan(expected.figures["mrr"].value)
    assert shuffled.confusions == expected.confusions
    assert [row.label for row in shuffled.classes] == [row.label for row in expected.classes]
    names = np.array(["ape", "bee", "cow", "doe"])[labels]
    renamed = evaluate(points, names, resamples=50)
    assert renamed.figures == expected.figures or math.isnan(expected.figures["mrr"].value)


def test_the_nearest_relevant_item_may_lie_far_beyond_r():
    """40 points on a line, of which the two ends are one class: R = 1, and each finds the other at rank 39."""
    labels = np.arange(40)
    labels[39] = 0
    report = everything(np.arange(40.0)[:, None], labels)
    assert report.scored == 2
    assert report.figures["mrr"].value == pytest.approx(1 / 39, rel=1e-15)
    assert report.figures["recall_at_10"].value == 0


def test_a_tie_that_the_list_cuts_is_searched_again():
    """Query (1, 0) finds four others at 1; at √2 tie one of its class and one other, which its list may lack."""
    points = np.array([[0, 0], [0, 1], [1, 0], [2, 1], [1, 1], [1, 1], [1, 1]], float)
    labels = [0, 1, 1, 0, 0, 0, 0]
    scores = score_queries(points, labels, ks=[1])
    assert scores.reciprocal_rank[2] == pytest.approx((1 / 5 + 1 / 6) / 2)


@pytest.mark.parametrize("value", [0.0, 0.1, -3.7e4])
def test_collapsed_embeddings_score_chance_and_are_called_collapsed(value):
    """All tied: Precision@k is R / (n − 1) whatever k, and confusions follow the sizes of the classes."""
    labels = np.repeat([0, 1], [40, 20])
    report = everything(np.full((60, 8), value, np.float32), labels)
    chance = (40 * 39 + 20 * 19) / (60 * 59)
    assert report.figures["precision_at_10"].value == pytest.approx(chance, abs=1e-13)
    assert [(pair.label, pair.retrieved, pair.share) for pair in report.confusions] == [
        (0, 1, pytest.approx(20 / 59)),
        (1, 0, pytest.approx(40 / 59)),
    ]
    assert report.health.collapsed
    assert "collapsed" in str(report)


def test_close_labels_stay_apart_and_come_back_as_they_were():
    report = evaluate([[0.0], [1.0], [9.0], [10.0]], [2**53, 2**53, 2**53 + 1, 2**53 + 1], resamples=0)
    assert report.figures["map_at_r"].value == 1.0
    assert sorted(row.label for row in report.classes) == [2**53, 2**53 + 1]


def test_a_gallery_of_its_own():
    """Query a finds b, then a; query c has nothing to find, and is counted."""
    report = everything([[0.0], [5.0]], ["a", "c"], gallery=[[0.1], [0.3], [9.0]], gallery_labels=["b", "a", "b"])
    assert (report.scored, report.total, report.gallery) == (1, 2, 3)
    assert report.figures["mrr"].value == 0.5
    assert [(pair.label, pair.retrieved, pair.share) for pair in report.confusions] == [("a", "b", 1.0)]
    assert {row.label: row.scored for row in report.classes} == {"a": 1, "c": 0}


def blobs(classes=12, each=15, spread=1.0, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(classes).repeat(each)
    return rng.normal(size=(classes, 6))[labels] + spread * rng.normal(size=(len(labels), 6)), labels


def test_intervals_are_a_bootstrap_over_classes():
    """A naive loop draws classes, pools their queries, and takes percentiles: within the noise of 2,000 draws."""
    points, labels = blobs()
    labels = np.where(labels < 3, 0, labels)  # one class larger than the others: micro and macro differ
    report = evaluate(points, labels, resamples=2000, seed=1)
    single = score_queries(points, labels).map_at_r
    by_class = [single[labels == label] for label in np.unique(labels)]
    rng = np.random.default_rng(2)
    micro, macro = [], []
    for _ in range(2000):
        drawn = [by_class[i] for i in rng.integers(0, len(by_class), len(by_class))]
        micro.append(np.concatenate(drawn).mean())
        macro.append(np.mean([values.mean() for values in drawn]))
    figure = report.figures["map_at_r"]
    np.testing.assert_allclose(figure.interval, np.quantile(micro, [0.025, 0.975]), atol=0.01)
    np.testing.assert_allclose(report.macro["map_at_r"].interval, np.quantile(macro, [0.025, 0.975]), atol=0.01)
    assert figure.interval[0] < figure.value < figure.interval[1]


def test_intervals_cover_what_other_classes_give():
    """Of 60 sets of fresh classes, about 90 % have an interval that holds the mean over very many classes."""
    # The gallery grows with the classes, so the truth is that of the same number of classes, averaged.
    values = [evaluate(*blobs(30, seed=seed), resamples=300, confidence=0.9).macro["map_at_r"] for seed in range(60)]
    truth = np.mean([figure.value for figure in values])
    held = np.mean([low <= truth <= high for low, high in (figure.interval for figure in values)])
    assert 0.75 <= held <= 1.0
    widths = [high - low for low, high in (figure.interval for figure in values)]
    spread = np.std([figure.value for figure in values])
    assert 0.5 < np.mean(widths) / (2 * 1.645 * spread) < 2


def test_the_printed_report_and_the_json_hold_the_figures(tmp_path):
    points, labels = blobs()
    names = np.array([f"class <{label}>\n" for label in labels])
    report = evaluate(points, names, resamples=100)
    text = str(report)
    for title, name in (("MAP@R", "map_at_r"), ("MRR", "mrr")):
        (line,) = [line for line in text.splitlines() if line.startswith(title)]
        assert f"{report.figures[name].value:.4f}" in line
        assert f"{report.macro[name].interval[1]:.4f}" in line
    assert "180 of 180 queries" in text
    loaded = json.loads(report.to_json(tmp_path / "r.json").read_text())
    assert loaded == json.loads(json.dumps(report.to_dict()))
    assert loaded["figures"]["map_at_r"]["value"] == report.figures["map_at_r"].value
    assert loaded["classes"][0]["label"] == report.classes[0].label


def test_json_has_no_nan(tmp_path):
    report = evaluate([[0.0], [1.0]], ["a", "b"])
    assert json.loads(report.to_json(tmp_path / "r.json").read_text())["figures"]["mrr"]["value"] is None
    assert "0 of 2 queries" in str(report)


def test_the_picture(tmp_path):
    points, labels = blobs(spread=2.0)
    path = evaluate(points, [f"$class {label}" for label in labels], resamples=100).plot(tmp_path / "r.png")
    pixels = imread(path)[..., :3]
    for color in ((0x1F, 0x5F, 0xA8), (0xD1, 0x57, 0x1B)):
        assert (np.abs(pixels - np.array(color) / 255) < 2 / 255).all(axis=-1).sum() > 2000
    evaluate([[0.0], [1.0]], ["a", "b"]).plot(tmp_path / "nothing.svg")
    with pytest.raises(ValueError, match=r"\.png or \.svg"):
        evaluate(points, labels, resamples=0).plot(tmp_path / "r.gif")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"resamples": -1}, ValueError, "resamples"),
        ({"confidence": 95}, ValueError, "between 0 and 1.*95"),
        ({"ks": [0]}, ValueError, "`k`"),
        ({"measures": ["mrr"]}, ValueError, "measures='mrr'"),
        ({"labels": [0]}, ValueError, "`labels`"),
        ({"embeddings": [[math.nan], [0.0]]}, ValueError, "finite"),
    ],
)
def test_wrong_arguments_raise(options, error, message):
    with pytest.raises(error, match=message):
        evaluate(**{"embeddings": [[0.0], [1.0]], "labels": [0, 0], **options})


def test_a_report_says_that_queries_find_themselves(tmp_path):
    """The gallery is the query set, and nobody said so: Recall@1 is 1.000 of labels of chance."""
    points, labels = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 4
    report = semihard.evaluate(points, labels, gallery=points, gallery_labels=labels, resamples=0)
    assert report.figures["recall_at_1"].value == 1.0
    assert report.to_dict()["copies"] == json.loads(report.to_json(tmp_path / "r.json").read_text())["copies"] == 40
    assert str(report).count("Every query is in the gallery itself, bit for bit") == 1
    alone = semihard.evaluate(points, labels, resamples=0)
    assert alone.copies == 0
    assert "in the gallery itself" not in str(alone)
