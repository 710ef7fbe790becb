"""Relations against double loops: eager and compiled, labels of every kind, never as floats; saving, wrong input."""

import keras
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from keras import ops

from semihard import relations
from semihard.relations import GivenPairs, Relation, SameLabel, SameLabelOtherSource, SharedLabel
from semihard.relations.choose import as_relation
from tests.oracles import relations as oracle
from tests.programs import BACKEND, MODES, to_numpy, value_and_gradient

RNG = np.random.default_rng(5)
BATCH = 9
Y = np.array([0, 1, 2, 0, 1, -1, 3, 0, -1], np.int32)
MANY = (RNG.random((BATCH, 4)) < 0.3).astype(np.int32)
MANY[2] = 0
PAIRED = np.stack([Y, np.array([0, 0, 0, 0, 1, 1, 1, 2, 2], np.int32)], axis=1)
TABLE = RNG.integers(-1, 2, size=(BATCH, BATCH)).astype(np.int32)
CASES = {
    "same": (SameLabel(), Y, oracle.same_label(Y)),
    "ignore one": (SameLabel(-1), Y, oracle.same_label(Y, [-1])),
    "ignore several": (SameLabel([-1, 0, 77]), Y, oracle.same_label(Y, [-1, 0])),
    "shared": (SharedLabel(), MANY, oracle.shared_label(MANY)),
    "other source": (SameLabelOtherSource(), PAIRED, oracle.same_label_other_source(PAIRED)),
    "given": (GivenPairs(), TABLE, oracle.given_pairs(TABLE)),
}


def signs(relation, y, batch=None) -> np.ndarray:
    positive, negative = relation(y, len(y) if batch is None else batch)
    assert keras.backend.standardize_dtype(positive.dtype) == keras.backend.standardize_dtype(negative.dtype) == "bool"
    return to_numpy(positive).astype(int) - to_numpy(negative).astype(int)


def test_the_cases_show_every_answer():
    for name, (_, _, expected) in CASES.items():
        assert set(np.unique(expected)) == {-1, 0, 1}, name


@pytest.mark.parametrize("name", CASES)
def test_host_labels_and_tensors_against_the_loops(name):
    relation, y, expected = CASES[name]
    x = np.zeros((BATCH, 2), np.float32)
    for labels in (y, y.tolist(), ops.convert_to_tensor(y)):
        for batch in (BATCH, x, ops.convert_to_tensor(x)):
            np.testing.assert_array_equal(signs(relation, labels, batch), expected)


@pytest.mark.parametrize("mode", MODES[1:])
def test_compiled(mode):
    """All in one program, since a compile takes seconds; ones are multiplied in, so that it has a tensor in."""
    asked = [(relation, ops.convert_to_tensor(y)) for relation, y, _ in CASES.values()]

    def program(x):
        masks = [relation(labels, x) for relation, labels in asked]
        return ops.stack([x * (ops.cast(one.positive, x.dtype) - ops.cast(one.negative, x.dtype)) for one in masks])

    tables = value_and_gradient(program, np.ones((BATCH, 1), np.float32), mode)[0]
    np.testing.assert_array_equal(tables, [expected for _, _, expected in CASES.values()])


@pytest.mark.skipif(BACKEND != "tensorflow", reason="only TensorFlow has sizes that are unknown until a program runs")
@pytest.mark.parametrize("name", CASES)
def test_unknown_batch_of_labels_too(name):
    import tensorflow as tf

    relation, y, expected = CASES[name]
    shape = [None, None] if name == "given" else [None, *y.shape[1:]]

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.int32), tf.TensorSpec([None, 2])])
    def program(y, x):
        masks = relation(y, x)
        return [ops.logical_and(mask, x[:, :1] == 0) for mask in masks]

    positive, negative = program(y, np.zeros((BATCH, 2), np.float32))
    np.testing.assert_array_equal(positive.numpy().astype(int) - negative.numpy(), expected)
    with pytest.raises(tf.errors.InvalidArgumentError):
        program(y, np.zeros((BATCH + 1, 2), np.float32))


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"]),
    st.lists(
        st.sampled_from([0, 1, 2, 255, 256, 2**16, 2**24, 2**24 + 1, 2**32 - 1, 2**53 + 1, 2**63]),
        min_size=5,
        max_size=5,
    ),
    st.sets(st.sampled_from([-1, 0, 1, 44, 255, 300, 2**24, 2**32 - 1, 2**32, 2**53, 2**63]), max_size=3),
    st.booleans(),
)
@example("uint32", [0, 1, 2, 3, 2**32 - 1], {2**32 - 1}, True)
@example("uint8", [44, 1, 2, 44, 255], {300}, True)
def test_labels_and_ignored_ones_of_every_width(dtype, labels, ignore, as_tensor):
    """300 is not 44 in uint8, 2²⁴ not 2²⁴ + 1, and 2⁶³ not −1."""
    top = 1 if dtype == "bool" else np.iinfo(dtype).max
    y = np.array([min(label, top) for label in labels], dtype)
    if as_tensor:
        if BACKEND == "torch" and dtype == "uint64":  # Keras does not make one
            return
        y_given = ops.convert_to_tensor(y)
        if keras.backend.standardize_dtype(y_given.dtype) != dtype:  # JAX and PyTorch narrow or widen some
            return
    else:
        y_given = y
    np.testing.assert_array_equal(signs(SameLabel(ignore), y_given, len(y)), oracle.same_label(y, ignore))


def test_text_on_the_host_and_on_tensorflow():
    y = np.array(["cat", "dog", "cat", "?"])
    expected = oracle.same_label(y, ["?"])
    np.testing.assert_array_equal(signs(SameLabel("?"), y.tolist()), expected)
    if BACKEND == "tensorflow":
        np.testing.assert_array_equal(signs(SameLabel("?"), ops.convert_to_tensor(y), 4), expected)
    np.testing.assert_array_equal(signs(SameLabelOtherSource(), [["a", "x"], ["a", "x"], ["a", "y"]])[2], [1, 1, 0])


def test_large_labels_and_sources_stay_apart():
    y = np.array([[2**24, 2**24], [2**24, 2**24 + 1], [2**24 + 1, 2**24 + 2]], np.int32)
    for labels in (y, ops.convert_to_tensor(y)):
        np.testing.assert_array_equal(signs(SameLabelOtherSource(), labels, 3), oracle.same_label_other_source(y))


@pytest.mark.parametrize("relation", [SameLabel(), SameLabel([3, -1]), SameLabel("?"), SharedLabel(), GivenPairs()])
def test_equal_by_config_through_saving(relation):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(relation))
    assert again == relation
    assert hash(again) == hash(relation)
    assert type(again) is type(relation)


def test_options_tell_relations_apart():
    assert SameLabel([2, 1, 1]) == SameLabel((1, 2)) == SameLabel(np.array([1, 2]))
    assert SameLabel(None) == SameLabel() == as_relation(None)
    assert SameLabel(np.int64(1)) == SameLabel(1) != SameLabel(2)
    assert SharedLabel() != GivenPairs()


class Mine(Relation):
    def __call__(self, y_true, batch):
        return SameLabel()(y_true // 10, batch)


def test_a_relation_of_the_users():
    np.testing.assert_array_equal(signs(as_relation(Mine()), np.array([1, 2, 11])), oracle.same_label([0, 0, 1]))


@pytest.mark.parametrize("wrong", ["same_label", SameLabel, relations.same_label, 3])
def test_another_relation_raises_with_the_choices(wrong):
    with pytest.raises(TypeError, match=r"SameLabel\(\), SharedLabel\(\), SameLabelOtherSource\(\), GivenPairs\(\)"):
        as_relation(wrong)


@pytest.mark.parametrize("ignore", [1.5, [1, "a"], [2.0], [None]])
def test_what_cannot_be_ignored_raises(ignore):
    with pytest.raises(TypeError, match=r"ignore.*integer or a string"):
        SameLabel(ignore)


@pytest.mark.parametrize(
    ("relation", "y", "error", "message"),
    [
        (SameLabel(), Y + np.float32(0.5), ValueError, "whole numbers.*encode_labels"),
        (SameLabel(), MANY, ValueError, r"\[n\] or \[n, 1\].*\(9, 4\).*argmax"),
        (SameLabel(), Y[:-1], ValueError, "8 labels for 9"),
        (SameLabel("?"), Y, TypeError, r"kind of the labels.*\?.*int32"),
        (SameLabel(1), [str(y) for y in Y], TypeError, "kind of the labels"),
        (SharedLabel(), Y, ValueError, r"\[batch, classes\].*\(9,\)"),
        (SharedLabel(), MANY[:-1], ValueError, "8 labels for 9"),
        (SharedLabel(), MANY.astype(str), TypeError, "0 and 1"),
        (SameLabelOtherSource(), Y, ValueError, r"\[batch, 2\].*\(9,\).*stack"),
        (SameLabelOtherSource(), PAIRED + np.float32(0.5), ValueError, "whole numbers.*encode_labels"),
        (SameLabelOtherSource(), PAIRED[:-1], ValueError, "8 labels for 9"),
        (GivenPairs(), TABLE > 0, TypeError, "signed.*bool"),
        (GivenPairs(), TABLE.astype("uint8"), TypeError, "signed.*uint8"),
        (GivenPairs(), TABLE[:, :-1], ValueError, r"\[batch, batch\].*\(9, 8\)"),
        (GivenPairs(), TABLE[:-1, :-1], ValueError, "8 labels for 9"),
    ],
)
def test_wrong_labels_raise(relation, y, error, message):
    with pytest.raises(error, match=message):
        relation(y, BATCH)
    if BACKEND == "tensorflow" or np.asarray(y).dtype.kind != "U":
        with pytest.raises(error, match=message):
            relation(ops.convert_to_tensor(y), BATCH)
