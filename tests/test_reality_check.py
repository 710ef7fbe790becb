"""The benchmark of all losses on unseen classes: its search, its loop with our losses, and what it keeps."""

import keras
import numpy as np
import pytest

from benchmarks.reality_check.definitions import LOSSES, ROWS, SLOW, parts
from benchmarks.reality_check.findings import ahead, findings
from benchmarks.reality_check.judge import Judge
from benchmarks.reality_check.measure import Kept, Results, Run
from benchmarks.reality_check.report import figures
from benchmarks.reality_check.settings import FACTORS, RATES, settings

OURS = [name for name, loss in LOSSES.items() if "ours" in loss.sides]
on_torch = pytest.mark.skipif(keras.backend.backend() != "torch", reason="the loop is one on PyTorch")


@pytest.mark.parametrize("name", LOSSES)
def test_a_longer_search_goes_on_from_a_shorter_within_its_ranges(name):
    found = settings(name, 9)
    assert found[:4] == settings(name, 4)
    assert found[0]["options"] == {}
    assert [one["rate"] for one in found] == [one["rate"] for one in settings("semi-hard", 9)]
    for one in found[1:]:
        for value, (low, high, _) in [
            (one["rate"], RATES),
            *zip(one["options"].values(), LOSSES[name].ranges.values(), strict=True),
        ]:
            assert low <= value <= high
        assert one["factor"] == 1 if not LOSSES[name].vectors else FACTORS[0] <= one["factor"] <= FACTORS[1]


def test_rows_name_their_loss_and_those_left_out():
    assert {*SLOW} <= {*ROWS}
    assert all(parts(row)[1].sides[parts(row)[0]] for row in ROWS)


def test_what_was_measured_is_there_after_a_stop(tmp_path):
    kept = Kept(tmp_path / "results.jsonl")
    short, longer = (Run(0, [0.5] * count, 0.4, 0.3, 1.0) for count in (1, 2))
    kept.add("a", "ours:circle", 0, short)
    kept.add("b", "ours:circle", 1, short)
    kept.add("a", "ours:circle", 0, longer)
    again = Kept(tmp_path / "results.jsonl")
    assert (again.get("a"), again.get("b"), again.get("c")) == (longer, short, None)


@pytest.fixture
def bed(tmp_path):
    """Six classes to train on and two others, of four images each; features that lie about their class."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(8), 4)
    features = random.normal(size=(2, 32, 12)) + 2 * random.normal(size=(8, 12))[labels]
    np.save(tmp_path / "head_1.npy", features.astype("float32"))
    np.savez(tmp_path / "images.npz", labels=labels)
    np.savez(
        tmp_path / "plan_0_3.npz",
        seed=0,
        validation=np.arange(24, 28),
        test=np.arange(24, 32),
        codes=np.where(labels < 6, labels, -1),
        superclasses=np.arange(6) % 2,
        batches=np.arange(24)[None].repeat(3, 0),
        copies=random.integers(0, 2, (3, 24)),
        kernel=random.normal(size=(12, 5)).astype("float32"),
    )
    return tmp_path


def test_the_judge_is_the_definition(bed):
    """Two classes of four: R is 3, and precision counts at ranks of the same class."""
    judge = Judge(bed, 1, 3)
    judge.read(0)
    head = np.random.default_rng(1).normal(size=(13, 5)).astype("float32")
    np.save(bed / "weights.npy", head)
    rows = np.load(bed / "head_1.npy")[0, 24:] @ head[:-1] + head[-1]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    precisions, first = [], []
    for query in range(8):
        order = [other for other in np.argsort(-rows @ rows[query]) if other != query]
        right = [other // 4 == query // 4 for other in order]
        precisions.append(sum(right[k] * sum(right[: k + 1]) / (k + 1) for k in range(3)) / 3)
        first.append(right[0])
    found = judge.of_head(bed / "weights.npy", "test")
    assert found["map_at_r"] == pytest.approx(np.mean(precisions))
    assert found["recall_at_1"] == pytest.approx(np.mean(first))
    np.save(bed / "weights.npy", head * np.nan)
    assert judge.of_head(bed / "weights.npy", "test") is None


def results(**figures: list[float]) -> Results:
    """A row or a floor a name, with a MAP@R for each of three seeds."""
    runs = {
        row: {seed: Run(1, [0.1, 0.2], value, 2 * value, 1.0) for seed, value in enumerate(figures[row])}
        for row in figures
        if ":" in row
    }
    floors = {
        name: {seed: {"map_at_r": value, "recall_at_1": value} for seed, value in enumerate(figures[name])}
        for name in figures
        if ":" not in name
    }
    return Results("drawings", "keras", {seed: {"classes": 5} for seed in range(3)}, runs, floors)


def test_the_page_says_where_a_peer_is_ahead():
    """By 0.01 with each seed, an interval of no width; and by ±0.1 about a mean of 0.01, which leaves 0 in."""
    floors = dict.fromkeys(("pixels", "mobilenet_v2", "efficientnet_lite0"), [0.1] * 3)
    found = results(
        **{"ours:semi-hard": [0.3, 0.3, 0.3], "st:semi-hard": [0.21, 0.31, 0.41]},
        **{"ours:circle": [0.4, 0.4, 0.4], "pml:circle": [0.41, 0.41, 0.41], "pml:margin": [0.2] * 3},
        **floors,
    )
    text = ahead(found)
    assert "best of the peers is `CircleLoss` of pytorch-metric-learning (0.410), the best of ours `CircleLoss`" in text
    assert "* `CircleLoss` of pytorch-metric-learning over `CircleLoss`: +0.010 ± 0.000, an interval" in text
    assert "of sentence-transformers over `TripletSemiHardLoss`: +0.010 ± 0.248, less than the interval" in text
    assert "0 of 1 are above TripletSemiHardLoss" in text
    first = figures(found).splitlines()[2]
    assert first.startswith("| circle | pytorch-metric-learning | `CircleLoss` | 0.410 ± 0.000 |")
    assert "5 of 5 trainings are above raw pixels in MAP@R, 4 by an interval" in findings(found)


@on_torch
@pytest.mark.parametrize("name", OURS)
def test_the_loop_trains_a_head_by_every_loss_of_ours(name, bed):
    from benchmarks.reality_check.worker import Loop

    loop = Loop("ours")
    loop.load(str(bed / "head_1.npy"), str(bed / "plan_0_3.npz"))
    heads = []
    for setting in (*settings(name, 2), settings(name, 2)[1]):
        answer = loop.train(name, setting, str(bed / "weights.npy"))
        heads.append(np.load(bed / "weights.npy"))
        assert np.isfinite(answer["loss"])
        assert np.isfinite(heads[-1]).all()
        assert np.abs(heads[-1][:-1] - loop.plan["kernel"]).max() > 1e-4
    np.testing.assert_array_equal(heads[1], heads[2])


@on_torch
def test_given_pairs_are_half_of_one_class():
    """Four classes in runs of two: each first row with the second, and with that of another class."""
    import torch

    from benchmarks.reality_check.ours import make

    labels, x = torch.arange(4).repeat_interleave(2), torch.from_numpy(np.random.default_rng(0).normal(size=(8, 3)))
    loss, _ = make("pairs", {"margin": 1.5}, None)
    values = []
    for run in range(4):
        values.append(float(torch.sum((x[2 * run] - x[2 * run + 1]) ** 2)))
        other = float(torch.linalg.norm(x[2 * run + 1] - x[2 * ((run - 2) % 4)]))
        values.append(max(0.0, 1.5 - other) ** 2)
    assert float(loss(x, labels)) == pytest.approx(np.mean(values), rel=1e-5)
