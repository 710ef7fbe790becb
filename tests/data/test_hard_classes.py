"""Batches of hard classes: an epoch holds what it would have held, and those that are confused meet in it."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semihard.data import BatchPlan
from semihard.data._hard_turns import meet_nearest

WEIGHTINGS = ["uniform", "proportional", "sqrt"]


def epoch_of(plan, epoch):
    return np.stack([plan[epoch, step] for step in range(plan.steps)])


def some_nearest(classes, k, seed):
    """Numbers of any other classes, and −1."""
    found = np.random.default_rng(seed).integers(-1, classes, (classes, k))
    return np.where(found == np.arange(classes)[:, None], -1, found)


@st.composite
def plans(draw):
    """(labels, P, K, options): any that a plan takes with hard classes."""
    classes = draw(st.integers(2, 9))
    labels = draw(st.lists(st.integers(0, classes - 1), max_size=60)) + list(range(classes))
    p = draw(st.integers(2, classes))
    options = {
        "seed": draw(st.integers(0, 99)),
        "class_weighting": draw(st.sampled_from(WEIGHTINGS)),
        "steps": draw(st.sampled_from([None, 1, 3, 7])),
        "hard": draw(st.sampled_from([0.01, 0.3, 0.5, 1.0])),
    }
    return labels, p, draw(st.integers(2, 4)), options


@settings(max_examples=80, deadline=None)
@given(plans(), st.integers(1, 5), st.integers(0, 99))
def test_an_epoch_holds_what_it_would_have_held(given, k, seed):
    """The same samples as often, whichever classes count as near, also if those change with every epoch."""
    labels, p, samples, options = given
    hard, usual = BatchPlan(labels, p, samples, **options), BatchPlan(labels, p, samples, **{**options, "hard": 0.0})
    for epoch in range(3):
        hard.set_nearest_classes(some_nearest(len(hard.classes), k, seed + epoch))
        batches = epoch_of(hard, epoch)
        assert sorted(batches.reshape(-1).tolist()) == sorted(epoch_of(usual, epoch).reshape(-1).tolist())
        for batch in batches:
            groups = hard.codes[batch].reshape(p, samples)
            assert (groups == groups[:, :1]).all()
            assert len(set(groups[:, 0].tolist())) == p


@settings(max_examples=30, deadline=None)
@given(plans(), st.permutations(range(8)), st.integers(0, 99))
def test_any_order_of_asking_gives_the_same(given, order, seed):
    labels, p, samples, options = given
    straight, jumping = (BatchPlan(labels, p, samples, **options) for _ in range(2))
    for plan in (straight, jumping):
        plan.set_nearest_classes(some_nearest(len(plan.classes), 3, seed))
    places = [divmod(number, straight.steps) for number in range(8)]
    batches = {place: straight[place] for place in places}
    for number in order:
        np.testing.assert_array_equal(jumping[places[number]], batches[places[number]])


@settings(max_examples=30, deadline=None)
@given(plans(), st.integers(0, 99))
def test_a_plan_goes_on_in_the_middle_of_an_epoch(given, seed):
    """All that it takes is `nearest_classes` of that epoch; those of the epochs before need not be known."""
    labels, p, samples, options = given
    unbroken, going_on = (BatchPlan(labels, p, samples, **options) for _ in range(2))
    for epoch in range(3):
        unbroken.set_nearest_classes(some_nearest(len(unbroken.classes), 3, seed + epoch))
        epoch_of(unbroken, epoch)
    step = unbroken.steps // 2
    going_on.set_nearest_classes(unbroken.nearest_classes.tolist())
    for later in range(step, unbroken.steps):
        np.testing.assert_array_equal(going_on[2, later], unbroken[2, later])


@settings(max_examples=30, deadline=None)
@given(plans(), st.integers(0, 99))
def test_other_names_of_the_classes_change_nothing(given, seed):
    labels, p, samples, options = given
    names = np.random.default_rng(seed).permutation(100)
    plan, renamed = (
        BatchPlan(given, p, samples, **options) for given in (labels, [f"class {names[label]}" for label in labels])
    )
    for one in (plan, renamed):
        one.set_nearest_classes(some_nearest(len(plan.classes), 3, seed))
    np.testing.assert_array_equal(epoch_of(plan, 1), epoch_of(renamed, 1))


def test_another_process_plans_the_same():
    code = (
        "import numpy as np; from semihard.data import BatchPlan;"
        "plan = BatchPlan(np.arange(12).repeat(4), 4, 2, 7, hard=0.5);"
        "plan.set_nearest_classes((np.arange(12)[:, None] + [1, 2, 3]) % 12);"
        "print(plan[2, 3].tolist())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    plan = BatchPlan(np.arange(12).repeat(4), 4, 2, 7, hard=0.5)
    plan.set_nearest_classes((np.arange(12)[:, None] + [1, 2, 3]) % 12)
    assert other.stdout.strip() == str(plan[2, 3].tolist())


@pytest.mark.parametrize(("weighting", "least"), [("uniform", 0.7), ("proportional", 0.5), ("sqrt", 0.5)])
@pytest.mark.parametrize("classes_per_batch", [6, 7])
def test_twins_meet(weighting, least, classes_per_batch):
    """Of 60 classes each has one near to it: with half of the places hard, most have theirs beside them.

    Weighted classes are not all among the 60 places that exchange theirs: there, some have no twin at hand.
    """
    labels = np.random.default_rng(0).permutation(np.arange(60).repeat(8))
    twin = np.arange(60)[:, None] ^ 1
    shares = {}
    for hard in (0.0, 0.5):
        plan = BatchPlan(labels, classes_per_batch, 4, class_weighting=weighting, hard=hard)
        if hard:
            plan.set_nearest_classes(twin)
        classes = plan.codes[epoch_of(plan, 0)[:, ::4]]
        shares[hard] = np.mean([[twin[code, 0] in batch for code in batch] for batch in classes])
    assert shares[0.0] < 0.25
    assert shares[0.5] > least


@pytest.mark.parametrize(("hard", "chosen"), [(0.1, 1), (0.5, 4), (0.75, 6), (1.0, 7)])
def test_how_many_of_a_batch_are_near(hard, chosen):
    """Classes on a circle, each near to the eight around it, ten batches of eight: nearly every place finds one.

    Left to chance, a class has one of its eight near ones among seven of 79 others with a probability of .53.
    """
    around = (np.arange(80)[:, None] + [-4, -3, -2, -1, 1, 2, 3, 4]) % 80
    plan = BatchPlan(np.arange(80).repeat(2), 8, 2, hard=hard)
    plan.set_nearest_classes(around)
    found = []
    for batch in epoch_of(plan, 0):
        classes = plan.codes[batch[::2]]
        found.append(sum(np.isin(classes, around[code]).any() for code in classes))
    assert np.mean(found) >= 0.9 * chosen
    assert max(found) <= 8


def test_near_ones_stand_beside_each_other():
    """So that a shard of a batch, which is a part of it, has them together."""
    plan = BatchPlan(np.arange(40).repeat(2), 8, 2, hard=0.5)
    plan.set_nearest_classes(np.arange(40)[:, None] ^ 1)
    for step in range(plan.steps):
        parts = [plan.shard(index, 4)[0, step] for index in range(4)]
        np.testing.assert_array_equal(np.concatenate(parts), plan[0, step])
        assert all(len(set((plan.codes[part] // 2).tolist())) == 1 for part in parts)


def test_until_they_are_known_all_is_left_to_chance_and_then_it_is_asked_for():
    labels = np.arange(8).repeat(4)
    plan, usual = BatchPlan(labels, 4, 2, hard=0.5), BatchPlan(labels, 4, 2)
    np.testing.assert_array_equal(epoch_of(plan, 0), epoch_of(usual, 0))
    with pytest.raises(RuntimeError, match=r"nearest classes from epoch 1 on.*HardClasses\(plan, x\)"):
        plan[1, 0]


def test_what_changes_is_who_meets_in_the_same_window():
    """With all classes once in eight batches, the batches of each eight hold all of them, near or not."""
    plan = BatchPlan(np.arange(32).repeat(12), 4, 3, hard=0.75)
    plan.set_nearest_classes(some_nearest(32, 8, 0))
    for start in range(0, plan.steps, 8):
        batches = [plan[3, step] for step in range(start, start + 8)]
        assert sorted(plan.codes[np.concatenate(batches)[::3]].tolist()) == list(range(32))


def test_memory_grows_with_the_classes_alone():
    """Of a hundred thousand samples it needs a few hundred bytes for each of two thousand classes."""
    plan = BatchPlan(np.arange(2000).repeat(50), 16, 4, hard=0.5)
    near = some_nearest(2000, 16, 0)
    plan.set_nearest_classes(near)
    plan[0, 0]
    tracemalloc.start()
    plan[1, 0]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2000 * 1000


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.integers(2, 6), st.integers(0, 99), st.data())
def test_places_are_exchanged(batches, size, seed, data):
    """Whatever is near, and however often a class comes: a permutation, after which no batch has a class twice."""
    rng = np.random.default_rng(seed)
    count = size + data.draw(st.integers(0, 6))
    classes = np.stack([rng.permutation(count)[:size] for _ in range(batches)])
    hard = data.draw(st.integers(1, size - 1))
    places = meet_nearest(classes, some_nearest(count, 4, seed), hard, rng)
    assert sorted(places.reshape(-1).tolist()) == list(range(batches * size))
    assert all(len(set(row)) == size for row in classes.reshape(-1)[places].tolist())


@pytest.mark.parametrize(
    ("nearest", "error", "message"),
    [
        ([[1], [0]], ValueError, r"to be \[3, k\].*\(2, 1\)"),
        ([1, 0, 0], ValueError, r"to be \[3, k\].*\(3,\)"),
        (np.zeros((3, 0), int), ValueError, r"to be \[3, k\].*\(3, 0\)"),
        ([[1], [3], [0]], ValueError, "from 0 to 2.*0 to 3"),
        ([[1], [-2], [0]], ValueError, "from 0 to 2.*-2 to 1"),
        ([[1], [1], [0]], ValueError, "class 1 near to itself"),
        ([[1.0], [0.0], [0.0]], TypeError, "whole numbers.*float64"),
    ],
)
def test_wrong_nearest_classes_raise(nearest, error, message):
    plan = BatchPlan(list("aabbcc"), 2, 2, hard=0.5)
    with pytest.raises(error, match=message):
        plan.set_nearest_classes(nearest)
    assert plan.nearest_classes is None


def test_wrong_parts_raise():
    labels = list("aabbcc")
    for hard, error, message in [(1.5, ValueError, "from 0 to 1"), ("half", TypeError, "a number")]:
        with pytest.raises(error, match=message):
            BatchPlan(labels, 2, 2, hard=hard)
    with pytest.raises(ValueError, match="a class alone meets none"):
        BatchPlan(labels, 1, 2, hard=0.5)
    with pytest.raises(ValueError, match="a plan with `hard`"):
        BatchPlan(labels, 2, 2).set_nearest_classes([[1], [0], [0]])
