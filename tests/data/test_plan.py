"""The plan's properties: coverage, balance, no class twice in a batch, and the same batches whoever asks."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.data import BatchPlan


def epoch_of(plan, epoch):
    return np.stack([plan[epoch, step] for step in range(plan.steps)])


@st.composite
def balanced(draw):
    """(classes, samples a class, P, K): all samples fit into whole batches."""
    p, k = draw(st.integers(1, 6)), draw(st.integers(2, 4))
    batches = draw(st.integers(1, 6))
    groups = draw(st.integers(1, 4))
    classes = p * batches
    return (classes, groups * k, p, k) if draw(st.booleans()) else (p + draw(st.integers(0, 5)), p * groups * k, p, k)


@settings(max_examples=80, deadline=None)
@given(balanced(), st.integers(0, 2**31), st.integers(0, 3))
def test_an_epoch_of_balanced_data_has_every_sample_once(shape, seed, epoch):
    classes, samples, p, k = shape
    labels = np.random.default_rng(seed).permutation(np.arange(classes).repeat(samples))
    plan = BatchPlan(labels, p, k, seed)
    assert len(labels) % (p * k) == 0
    assert np.bincount(epoch_of(plan, epoch).reshape(-1), minlength=len(labels)).tolist() == [1] * len(labels)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=2, max_size=80),
    st.integers(1, 5),
    st.integers(2, 5),
    st.sampled_from(["uniform", "proportional", "sqrt"]),
    st.sampled_from(["repeat", "skip"]),
    st.integers(0, 99),
)
def test_batches_hold_p_different_classes_of_k_samples(labels, p, k, weighting, small, seed):
    labels = np.array(labels)
    sizes = dict(zip(*np.unique(labels, return_counts=True), strict=True))
    usable = [c for c in sizes if small == "repeat" or sizes[c] >= k]
    if p > len(usable):
        with pytest.raises(ValueError, match="classes_per_batch"):
            BatchPlan(labels, p, k, small_classes=small)
        return
    plan = BatchPlan(labels, p, k, seed, small_classes=small, class_weighting=weighting)
    assert plan.steps == -(-sum(sizes[c] for c in usable) // (p * k))
    for epoch in (0, 5):
        for indices in epoch_of(plan, epoch):
            groups = labels[indices].reshape(p, k)
            assert (groups == groups[:, :1]).all()
            assert len(set(groups[:, 0])) == p
            assert set(groups[:, 0]) <= set(usable)
            for group in indices.reshape(p, k):
                # Each sample of a small class as often as any other, up to one; else no sample twice.
                times = np.unique(group, return_counts=True)[1]
                assert times.max() == -(-k // sizes[labels[group[0]]])


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 12), st.integers(2, 9), st.integers(1, 12), st.integers(2, 9), st.integers(0, 99))
def test_classes_and_samples_are_used_up_before_they_come_again(classes, samples, p, k, seed):
    """In any number of batches from the start, no class is two turns ahead of another, nor a sample of its class."""
    p, k = min(p, classes), min(k, samples)
    plan = BatchPlan(np.arange(classes).repeat(samples), p, k, seed)
    seen = np.zeros(classes * samples, int)
    for epoch in range(3):
        for indices in epoch_of(plan, epoch):
            np.add.at(seen, indices, 1)
            by_class = seen.reshape(classes, samples)
            assert np.ptp(by_class.sum(1)) <= k
            assert np.ptp(by_class, axis=1).max() <= 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=30, max_size=60), st.permutations(range(12)), st.integers(0, 9))
def test_any_order_of_asking_gives_the_same(labels, order, seed):
    labels = labels + list(range(7)) * 4
    for weighting in ("uniform", "sqrt"):
        straight = BatchPlan(labels, 3, 4, seed, class_weighting=weighting)
        jumping = BatchPlan(labels, 3, 4, seed, class_weighting=weighting)
        places = [(number // straight.steps, number % straight.steps) for number in range(12)]
        batches = {place: straight[place] for place in places}
        for number in order:
            np.testing.assert_array_equal(jumping[places[number]], batches[places[number]])


@pytest.mark.parametrize("steps", [1, 3, 10])
def test_epochs_of_other_lengths_cut_the_same_sequence(steps):
    """Uniform classes are dealt without regard to epochs: only the numbering changes."""
    labels = np.arange(6).repeat(8)
    whole, cut = BatchPlan(labels, 3, 4, 1), BatchPlan(labels, 3, 4, 1, steps=steps)
    assert (whole.steps, cut.steps) == (4, steps)
    for number in range(12):
        np.testing.assert_array_equal(cut[divmod(number, steps)], whole[divmod(number, 4)])


def test_a_weighted_epoch_of_another_length_keeps_its_promises():
    plan = BatchPlan(np.arange(6).repeat([40, 20, 10, 5, 3, 2]), 3, 2, class_weighting="sqrt", steps=7)
    for indices in epoch_of(plan, 2):
        assert len(set(plan.codes[indices])) == 3
    assert len(epoch_of(plan, 2)) == 7


def test_seeds_and_epochs_differ():
    labels = np.arange(20).repeat(10)
    first = epoch_of(BatchPlan(labels, 5, 4, 0), 0)
    assert (first != epoch_of(BatchPlan(labels, 5, 4, 1), 0)).any()
    assert (first != epoch_of(BatchPlan(labels, 5, 4, 0), 1)).any()


def test_another_process_plans_the_same():
    code = (
        "import numpy as np; from semihard.data import BatchPlan;"
        "print(BatchPlan([f'c{i % 9}' for i in range(100)], 4, 3, 7)[6, 2].tolist())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(BatchPlan([f"c{i % 9}" for i in range(100)], 4, 3, 7)[6, 2].tolist())


@pytest.mark.parametrize(("weighting", "power"), [("proportional", 1.0), ("sqrt", 0.5)])
def test_weighted_classes_come_as_often_as_they_should(weighting, power):
    """Over many epochs each class's share of the places nears its weight's."""
    sizes = np.array([400, 200, 100, 50, 30, 20])
    plan = BatchPlan(np.arange(6).repeat(sizes), 2, 4, class_weighting=weighting)
    counts = np.zeros(6)
    for epoch in range(20):
        for indices in epoch_of(plan, epoch):
            np.add.at(counts, plan.codes[indices[::4]], 1)
    expected = sizes**power / (sizes**power).sum()
    np.testing.assert_allclose(counts / counts.sum(), expected, atol=0.01)


def test_a_dominant_class_comes_once_a_batch():
    plan = BatchPlan([0] * 1000 + [1] * 10 + [2] * 10, 2, 2, class_weighting="proportional")
    for indices in epoch_of(plan, 0):
        assert plan.codes[indices].min() == 0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"classes_per_batch": 4}, ValueError, "at most the number of classes, 3.*classes_per_batch=4"),
        ({"samples_per_class": 1}, ValueError, "samples_per_class.*at least 2"),
        ({"classes_per_batch": 2.0}, TypeError, "classes_per_batch.*whole"),
        ({"small_classes": "drop"}, ValueError, "'repeat', 'skip', 'error'.*'drop'"),
        ({"class_weighting": "square"}, ValueError, "'uniform', 'proportional', 'sqrt'.*'square'"),
        ({"small_classes": "error", "samples_per_class": 3}, ValueError, r"'b' \(2\).*samples_per_class"),
        ({"small_classes": "skip", "samples_per_class": 3, "classes_per_batch": 3}, ValueError, "1 of 3 are skipped"),
        ({"labels": []}, ValueError, "classes_per_batch"),
        ({"steps": 0}, ValueError, "steps.*at least 1"),
    ],
)
def test_wrong_options_raise(options, error, message):
    usual = {"labels": list("aaabbccc"), "classes_per_batch": 2, "samples_per_class": 2}
    with pytest.raises(error, match=message):
        BatchPlan(**{**usual, **options})


def test_places_outside_the_plan_raise():
    plan = BatchPlan([0, 0, 1, 1], 2, 2)
    with pytest.raises(IndexError, match=r"step below 1.*step=1"):
        plan[0, 1]
    with pytest.raises(ValueError, match=r"epoch.*at least 0"):
        plan[-1, 0]


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([(4, 2), (6, 3), (6, 1), (5, 5)]), st.sampled_from(["uniform", "sqrt"]), st.integers(0, 9))
def test_shards_together_are_the_batch(shape, weighting, seed):
    p, count = shape
    labels = np.random.default_rng(seed).integers(0, 9, 100)
    plan = BatchPlan(labels, p, 3, seed, class_weighting=weighting)
    shards = [plan.shard(index, count) for index in range(count)]
    for epoch, step in [(0, 0), (2, plan.steps - 1)]:
        parts = [shard[epoch, step] for shard in shards]
        np.testing.assert_array_equal(np.concatenate(parts), plan[epoch, step])
        classes = [set(labels[part]) for part in parts]
        assert sum(map(len, classes)) == len(set.union(*classes)) == p
    assert [len(shard) for shard in shards] == [plan.steps] * count


@pytest.mark.parametrize(("index", "count", "message"), [(0, 3, "divide classes_per_batch=4"), (2, 2, "below `count`")])
def test_wrong_shards_raise(index, count, message):
    with pytest.raises(ValueError, match=message):
        BatchPlan(np.arange(8).repeat(2), 4, 2).shard(index, count)


def test_it_says_what_it_is():
    labels = np.repeat(np.arange(4), [1, 4, 4, 4])
    plan = BatchPlan(labels, 2, 2, small_classes="skip")
    said = "3 batches an epoch, each of 2 classes with 2 samples, from 3 classes of 12 samples"
    assert str(plan) == f"{said} (1 with too few are left out)"
    assert str(plan.shard(1, 2)) == f"part 2 of 2 of {plan}"
    assert str(BatchPlan(labels[1:], 2, 2)) == said
