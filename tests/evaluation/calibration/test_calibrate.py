"""Thresholds: what they are fitted for, what they achieve on other identities, and what is refused."""

import math

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from semihard import calibrate
from semihard._core.labels import label_codes
from semihard.evaluation.calibration._rates import rates
from semihard.evaluation.calibration._split import held_out_rows
from tests.evaluation.verification.people import people, true_far


def listed(embeddings, labels):
    left, right = np.triu_indices(len(labels), 1)
    return np.linalg.norm(embeddings[left].astype(float) - embeddings[right], axis=1), labels[left] == labels[right]


def parts(embeddings, labels, seed=0, held_out=0.5):
    held = held_out_rows(label_codes(labels, None)[0], held_out, seed)
    return listed(embeddings[~held], labels[~held]), listed(embeddings[held], labels[held])


def test_identities_are_split_and_not_rows():
    labels = np.random.default_rng(0).permutation(np.r_[np.repeat(np.arange(30), 4), np.arange(30, 50)])
    held = held_out_rows(labels, 0.4, seed=3)
    assert not set(labels[held]) & set(labels[~held])
    # 40 % of the 30 with four embeddings, and of the 20 with one.
    assert held.sum() == 12 * 4 + 8
    assert (held_out_rows(labels, 0.4, seed=4) != held).any()


@pytest.mark.parametrize("criterion", [{"target_far": 0.01}, {"target_precision": 0.8}, {"maximize": "f1"}])
def test_scikit_learn_finds_the_same_rates(criterion):
    embeddings, labels = people(40, 6, noise=0.5)
    found = calibrate(embeddings, labels, resamples=50, seed=1, **criterion)
    fitting, judging = parts(embeddings, labels, seed=1)
    for (distances, same), figures in (
        (fitting, found.fitted),
        (judging, {name: figure.value for name, figure in found.achieved.items()}),
    ):
        accepted = distances <= found.threshold
        assert figures["far"] == pytest.approx(accepted[~same].mean(), abs=1e-14)
        assert figures["tar"] == pytest.approx(recall_score(same, accepted), abs=1e-14)
        assert figures["precision"] == pytest.approx(precision_score(same, accepted), abs=1e-14)
        assert figures["f1"] == pytest.approx(f1_score(same, accepted), abs=1e-14)
    for name, figure in found.achieved.items():
        assert figure.interval[0] <= figure.value <= figure.interval[1], name
    assert found.counts == {
        "fitted_identities": 20,
        "fitted_genuine_pairs": 20 * 15,
        "fitted_impostor_pairs": 190 * 36,
        "held_out_identities": 20,
        "held_out_genuine_pairs": 20 * 15,
        "held_out_impostor_pairs": 190 * 36,
    }


@pytest.mark.parametrize("target", [0.2, 0.01, 0.003])
def test_the_fitted_far_keeps_to_its_target_and_wastes_nothing(target):
    """The threshold accepts all genuine pairs that any threshold may, but those within one bin of 1/16,384."""
    embeddings, labels = people(40, 6)
    found = calibrate(embeddings, labels, target_far=target, resamples=1)
    (distances, same), _ = parts(embeddings, labels)
    assert (distances[~same] <= found.threshold).mean() <= target
    wider = found.threshold + 2 * distances.max() / 2**14
    assert (distances[~same] <= wider).mean() > target
    nearest_too_many = np.sort(distances[~same])[math.floor(target * (~same).sum())]
    best = (distances[same] < nearest_too_many).mean()
    assert best - 0.01 <= found.fitted["tar"] <= best


def test_the_fitted_precision_reaches_its_target_and_no_larger_threshold_does():
    embeddings, labels = people(40, 6, noise=0.5)
    found = calibrate(embeddings, labels, target_precision=0.7, resamples=1)
    (distances, same), _ = parts(embeddings, labels)
    assert same[distances <= found.threshold].mean() >= 0.7
    bin_width = 2 * distances.max() / 2**14
    larger = np.sort(distances[distances > found.threshold + bin_width])
    assert all(same[distances <= t].mean() < 0.7 for t in larger)


def test_f1_is_the_largest_of_all_thresholds():
    embeddings, labels = people(40, 6)
    found = calibrate(embeddings, labels, maximize="f1", resamples=1)
    (distances, same), _ = parts(embeddings, labels)
    order = np.argsort(distances)
    hits = np.cumsum(same[order])
    best = (2 * hits / (np.arange(1, len(same) + 1) + same.sum())).max()
    # A pair or two of 300 share a bin.
    assert best - 0.01 <= found.fitted["f1"] <= best + 1e-12


def test_f1_of_separated_identities_lies_in_the_middle_of_the_gap():
    """Points 0, 10, 20, … with genuine pairs at 0.5 or 0: every threshold in [0.5, 9.5) is perfect."""
    labels = np.repeat(np.arange(40), 2)
    embeddings = (10.0 * labels + np.tile([0.0, 0.5], 40))[:, None]
    found = calibrate(embeddings, labels, maximize="f1", resamples=10)
    assert found.fitted["f1"] == 1.0
    (distances, same), _ = parts(embeddings, labels)
    assert found.threshold == pytest.approx((distances[same].max() + distances[~same].min()) / 2, abs=0.1)
    # No errors seen: resampling cannot say how rare they are.
    assert found.achieved["far"].interval is None


def test_the_far_of_fresh_identities_lies_in_the_interval():
    """40 repeats with 60 identities, half to judge; the true rate at each threshold is known in closed form.

    Of 40 intervals that cover with 95 %, fewer than 34 do with a probability of 1 in 300.
    """
    covered, far = 0, []
    for seed in range(40):
        found = calibrate(*people(60, 5, seed=seed), target_far=0.05, resamples=200, seed=seed)
        low, high = found.achieved["far"].interval
        far.append(true_far(found.threshold))
        covered += low <= far[-1] <= high
    assert covered >= 34
    assert np.mean(far) == pytest.approx(0.05, abs=0.01)


def test_resampled_counts_below_zero_are_none():
    found = rates([3, 1], [-1.0, 16.0])
    assert (found["far"], found["precision"]) == (0.0, 1.0)
    assert all(math.isnan(rates([0, 0], [0, 0])[name]) for name in found)


def test_close_labels_stay_apart():
    embeddings, labels = people(40, 4)
    found = calibrate(embeddings, labels + 2**53, maximize="f1", resamples=10)
    assert found == calibrate(embeddings, labels, maximize="f1", resamples=10)


def test_order_of_the_rows_changes_nothing():
    embeddings, labels = people(40, 4)
    order = np.random.default_rng(0).permutation(len(labels))
    found = calibrate(embeddings[order], labels[order], target_far=0.02, resamples=20)
    assert found == calibrate(embeddings, labels, target_far=0.02, resamples=20)


def test_every_criterion_refuses_what_it_cannot_support():
    embeddings, labels = people(40, 4)
    # 20 identities of 4 in a part: 190 · 16 = 3,040 impostor pairs and 20 · 6 = 120 genuine ones.
    with pytest.raises(ValueError, match=r"FAR 0.003 needs 3,334 impostor pairs .*; there are 3,040"):
        calibrate(embeddings, labels, target_far=0.003)
    calibrate(embeddings, labels, target_far=0.0033, resamples=1)
    with pytest.raises(ValueError, match=r"120 genuine pairs, which allow 6\.3 false accepts where 10"):
        calibrate(embeddings, labels, target_precision=0.95)
    with pytest.raises(ValueError, match=r"share of genuine pairs, 0\.03797"):
        calibrate(embeddings, labels, target_precision=0.03)
    with pytest.raises(ValueError, match="Hold out more"):
        calibrate(embeddings, labels, target_far=0.0033, held_out=0.25)


def test_collapsed_embeddings_have_no_threshold():
    embeddings, labels = np.ones((160, 3)), np.repeat(np.arange(40), 4)
    with pytest.raises(ValueError, match="There is none: 1 of them are nearer"):
        calibrate(embeddings, labels, target_far=0.1)
    with pytest.raises(ValueError, match=r"the best with enough pairs is 0\.03797"):
        calibrate(embeddings, labels, target_precision=0.9)


def test_a_precision_reached_by_a_lucky_few_is_not_taken():
    """The 8 nearest pairs are copies, all genuine; all other distances are chance. 8 pairs cannot vouch for 0.8.

    With 0.8, at least 50 pairs must be accepted for 10 false accepts to be allowed, and these are 0.8 genuine nowhere.
    """
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(40), 4)
    embeddings = rng.normal(size=(160, 4))
    embeddings[1:80:8] = embeddings[:80:8]
    (distances, same), _ = parts(embeddings, labels)
    assert same[distances == 0].all()
    assert same[distances == 0].any()
    with pytest.raises(ValueError, match=r"Received 0\.8; the best with enough pairs is 0\.[0-5]"):
        calibrate(embeddings, labels, target_precision=0.8)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({}, ValueError, "exactly one of target_far, target_precision, maximize. Received: none"),
        ({"target_far": 0.1, "maximize": "f1"}, ValueError, "Received: target_far, maximize"),
        ({"maximize": "F1"}, ValueError, "Check the spelling"),
        ({"target_far": 0.0}, ValueError, "`target_far`"),
        ({"target_far": "0.1"}, TypeError, "`target_far`"),
        ({"target_precision": 1.0}, ValueError, "`target_precision`"),
        ({"target_far": 0.1, "held_out": 1}, ValueError, "`held_out`"),
        ({"target_far": 0.1, "held_out": 0.1}, ValueError, "Received 36 and 4"),
        ({"target_far": 0.1, "resamples": 0}, ValueError, "`resamples`"),
        ({"target_far": 0.1, "labels": np.zeros(160, int)}, ValueError, "at least two identities"),
        ({"target_far": 0.1, "labels": np.arange(160)}, ValueError, "not row numbers"),
        ({"target_far": 0.1, "labels": [0]}, ValueError, r"`labels` to be \[160\]"),
        ({"target_far": 0.1, "embeddings": np.full((160, 2), np.nan)}, ValueError, "first in row 0"),
    ],
)
def test_bad_arguments_raise(arguments, error, words):
    embeddings, labels = people(40, 4)
    with pytest.raises(error, match=words):
        calibrate(**{"embeddings": embeddings, "labels": labels, **arguments})


def left_out_by_hand(embeddings, labels, target):
    """Each identity in turn: the largest threshold at which the other pairs keep to the target, on its own pairs."""
    distances, same = listed(embeddings, labels)
    left, right = np.triu_indices(len(labels), 1)
    counts = np.zeros(4)
    for own in np.unique(labels):
        mine = (labels[left] == own) | (labels[right] == own)
        others = np.sort(distances[~mine & ~same])
        reach = others[math.floor(target * len(others))]  # the first that may not be accepted
        near = distances < reach * (1 - 1e-3)  # within a bin of it nothing is sure
        for i, kind in enumerate((same, ~same)):
            counts[2 * i : 2 * i + 2] += (mine & kind & near).sum(), (mine & kind).sum()
    return counts[0] / counts[1], counts[2] / counts[3]


@pytest.mark.parametrize("identities", [3, 5, 12, 19])
def test_few_identities_are_judged_one_by_one(identities):
    """All pairs fit; the rates are those of each identity at a threshold that has not seen it."""
    embeddings, labels = people(identities, 20, noise=0.6)
    found = calibrate(embeddings, labels, target_far=0.1, resamples=50)
    distances, same = listed(embeddings, labels)
    assert found.judged == "left out"
    assert found.fitted["far"] == pytest.approx((distances[~same] <= found.threshold).mean(), abs=1e-14)
    assert found.fitted["tar"] == pytest.approx((distances[same] <= found.threshold).mean(), abs=1e-14)
    assert found.fitted["far"] <= 0.1
    tar, far = left_out_by_hand(embeddings, labels, 0.1)
    assert found.achieved["tar"].value == pytest.approx(tar, abs=0.01)
    assert found.achieved["far"].value == pytest.approx(far, abs=0.01)
    assert found.achieved["far"].interval[0] < found.achieved["far"].value < found.achieved["far"].interval[1]
    assert found.counts["fitted_identities"] == identities
    assert len(found.counts) == 3
    assert "identities in turn, each left out" in str(found)
    assert "as far as so few identities can tell" in str(found)


def test_the_far_of_few_identities_lies_in_the_interval():
    """40 repeats with 6 identities; of intervals that cover with 93 %, fewer than 31 do once in 3,000 draws."""
    covered = 0
    for seed in range(40):
        found = calibrate(*people(6, 12, seed=seed), target_far=0.1, resamples=200, seed=seed)
        low, high = found.achieved["far"].interval
        covered += low <= true_far(found.threshold) <= high
    assert covered >= 31


def test_two_identities_have_figures_on_themselves_only_and_say_so():
    """No impostor pair is left without one of them."""
    embeddings, labels = people(2, 20, noise=0.3)
    found = calibrate(embeddings, labels, target_far=0.05)
    assert (found.judged, found.achieved) == ("in sample", {})
    distances, same = listed(embeddings, labels)
    assert found.fitted["tar"] == pytest.approx((distances[same] <= found.threshold).mean(), abs=1e-14)
    assert "(in sample)" in str(found)
    assert str(found).endswith("on the identities fitted on: too good, and no judgement of others")


def test_a_target_out_of_reach_without_one_identity_is_in_sample():
    """3 · 14² = 588 impostor pairs bear 1 / 50 (500 are needed); the 196 that two identities leave do not."""
    found = calibrate(*people(3, 14, noise=0.3), target_far=0.02)
    assert found.judged == "in sample"
    with pytest.raises(ValueError, match=r"FAR 0\.01 needs 1,000 impostor pairs .*; there are 588"):
        calibrate(*people(3, 14), target_far=0.01)


def test_twenty_identities_are_split_as_before():
    embeddings, labels = people(20, 6)
    found = calibrate(embeddings, labels, maximize="f1", resamples=5)
    assert found.judged == "held out"
    assert found == calibrate(embeddings, labels, maximize="f1", resamples=5, held_out=0.5)
    assert calibrate(*people(19, 6), maximize="f1", resamples=5).judged == "left out"
    assert calibrate(*people(19, 6), target_precision=0.3, resamples=5).judged == "left out"


def test_many_identities_of_one_embedding_are_left_out_together():
    """Three identities of ten and 500 of one: 64 groups, and every impostor pair is still counted."""
    embeddings, labels = people(503, 10, noise=0.5)
    first = np.r_[np.arange(30), np.arange(30, 5030, 10)]
    found = calibrate(embeddings[first], labels[first], target_far=0.01, resamples=20)
    assert found.judged == "left out"
    assert found.counts["fitted_impostor_pairs"] == 530 * 529 // 2 - 3 * 45
    assert found.achieved["far"].value == pytest.approx(0.01, abs=0.003)
