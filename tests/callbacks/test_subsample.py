"""Evaluation of some samples: which, that they are always the same ones, and what an evaluation costs."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from semihard.callbacks import EmbeddingEvaluation
from semihard.callbacks._cost import Cost
from semihard.callbacks._held_out import HeldOut
from semihard.callbacks._subsample import subsample
from semihard.evaluation import evaluate

LABELS = np.repeat(np.arange(6), [40, 30, 20, 10, 5, 3])
POINTS = (np.random.default_rng(0).normal(size=(6, 8))[LABELS] + np.random.default_rng(1).normal(size=(108, 8))).astype(
    "float32"
)


@settings(deadline=None)
@given(hnp.arrays(np.int64, st.integers(1, 80), elements=st.integers(0, 9)), st.integers(1, 90), st.integers(0, 3))
def test_what_is_chosen(codes, count, seed):
    """At most so many, ascending, each once; of a class none, all of it, or its share and four at least."""
    rows = subsample(codes, count, seed)
    assert rows.tolist() == sorted(set(rows.tolist()))
    assert len(rows) <= max(count, 0)
    np.testing.assert_array_equal(rows, subsample(codes, count, seed))
    if count >= len(codes):
        assert len(rows) == len(codes)
    for code, size in enumerate(np.bincount(codes)):
        took = np.count_nonzero(codes[rows] == code)
        assert took in (0, size, min(size, max(4, int(size * (count / len(codes))))))
        if size * (count / len(codes)) >= 4:
            assert took  # there is room for it


def test_seeds_choose_others_and_a_share_is_a_share():
    codes = np.arange(10_000) % 10
    one, other = subsample(codes, 1000, 0), subsample(codes, 1000, 1)
    assert np.bincount(codes[one]).tolist() == [100] * 10
    assert len(np.intersect1d(one, other)) < 200
    small = subsample(np.arange(10_000) // 4, 1000, 0)
    assert np.unique(np.bincount(small // 4)).tolist() == [0, 4]  # whole classes
    assert len(small) == 1000


class Batches(keras.utils.PyDataset):
    """Batches of 16 of two inputs."""

    def __len__(self):
        return 7

    def __getitem__(self, i):
        rows = slice(16 * i, 16 * i + 16)
        return {"a": POINTS[rows], "b": 2 * POINTS[rows]}, LABELS[rows]


def test_the_same_samples_come_of_arrays_and_of_batches():
    """In their order, in batches of one size but for the last."""
    rows = subsample(LABELS, 50, 3)
    held_out = {
        "arrays": HeldOut(({"a": POINTS, "b": 2 * POINTS}, LABELS), 20, 50, 3),
        "tensors": HeldOut(
            ({name: keras.ops.convert_to_tensor(x) for name, x in (("a", POINTS), ("b", 2 * POINTS))}, LABELS),
            20,
            50,
            3,
        ),
        "batches": HeldOut(Batches(), 20, 50, 3),
        "list": HeldOut([Batches()[i] for i in range(7)], 20, 50, 3),
    }
    for name, data in held_out.items():
        for _ in range(2):
            parts = list(data.batches())
            assert [len(labels) for _, labels in parts][:-1] == [20] * (len(parts) - 1), name
            np.testing.assert_array_equal(np.concatenate([labels for _, labels in parts]), LABELS[rows])
            for key, factor in (("a", 1), ("b", 2)):
                np.testing.assert_array_equal(np.concatenate([x[key] for x, _ in parts]), factor * POINTS[rows])


def model():
    keras.utils.set_random_seed(0)
    made = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), keras.layers.UnitNormalization()])
    made.compile("sgd", loss="mse")
    return made


def test_the_figures_are_those_of_the_chosen_samples():
    made, rows = model(), subsample(LABELS, 50, 0)
    evaluation = EmbeddingEvaluation((POINTS, LABELS), samples=50)
    evaluation.set_model(made)
    found = evaluation.evaluate()
    expected = evaluate(made.predict(POINTS[rows], verbose=0), LABELS[rows], ks=[1, 5], resamples=7).figures
    assert found["map_at_r"] == pytest.approx(expected["map_at_r"].value, abs=1e-6)
    assert found == evaluation.evaluate()
    assert evaluation.cost.samples == len(rows)
    assert min(evaluation.cost) > 0
    everything = EmbeddingEvaluation((POINTS, LABELS))
    everything.set_model(made)
    everything.evaluate()
    assert everything.cost.samples == 108
    with pytest.raises(ValueError, match="`samples` to be at least 8"):
        EmbeddingEvaluation((POINTS, LABELS), samples=7)


def test_advice_brings_the_cost_to_a_tenth():
    """By its own model of the cost: a n + b n² for n samples."""
    cost = Cost(100_000, 12.0, 28.0)
    text = cost.advice(100.0, 1)
    every = int(text.partition("`every=")[2].partition("`")[0])
    few = int(text.partition("`samples=")[2].partition("`")[0])
    assert cost.advice(100.0, every) is None
    assert Cost(few, 12.0 * few / 1e5, 28.0 * (few / 1e5) ** 2).advice(100.0, 1) is None
    more = 1.1 * few
    assert 12.0 * more / 1e5 + 28.0 * (more / 1e5) ** 2 > 10.0
    assert "40 % of the 100.0 s" in text
    assert Cost(1000, 2.0, 2.9).advice(10.0, 1) is None  # no time worth a word
    assert Cost(1000, 2.0, 7.0).advice(100.0, 1) is None
    assert Cost(1000, 2.0, 9.0).advice(50.0, 2) is not None


def test_a_costly_evaluation_is_said_once_and_not_of_the_first(monkeypatch):
    """The first compiles, unless it is the last one, too."""
    monkeypatch.setattr("semihard.callbacks._cost.WORTH", 0.0)
    monkeypatch.setattr("semihard.callbacks._cost.SHARE", 1e-9)
    for epochs, times in ((1, 1), (3, 1)):
        made = model()
        evaluation = EmbeddingEvaluation((POINTS, LABELS))
        with pytest.warns(UserWarning, match="EmbeddingEvaluation: an evaluation of 108 samples takes") as caught:
            made.fit(POINTS, POINTS[:, :4], epochs=epochs, verbose=0, callbacks=[evaluation])
        assert sum("an evaluation of" in str(warning.message) for warning in caught) == times
