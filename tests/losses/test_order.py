"""Labels first, predictions second: whoever exchanges them is told so, by every loss, whatever holds the labels.

Where the labels are floats, as Keras makes them, or a column, an exchange has the dtypes or the ranks of what is right.
"""

import numpy as np
import pytest
from keras import ops

from semihard._inputs import check_order
from semihard.losses import ContrastiveLoss, MatryoshkaLoss, TripletLoss, TripletSemiHardLoss
from semihard.metrics import ActiveTriplets
from semihard.mining import semi_hard_triplets
from semihard.relations import SharedLabel
from tests.losses.contracts import CASES, DISTANCES, SIMILARITIES_OF_MANY
from tests.programs import compiled

EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: case.loss.__name__)
RIGHT = np.array([0, 0, 1, 1]), np.eye(4, 3, dtype="float32")
EXCHANGED = r"labels first.*look exchanged"


@EVERY
def test_every_loss_notices_the_exchange(case):
    labels, predictions = case.inputs.of("usual")
    tensors = ops.convert_to_tensor(predictions), ops.convert_to_tensor(labels)
    for call in (case.function, case.loss()):
        for first, second in ((predictions, labels), tensors, (predictions, labels.tolist())):
            with pytest.raises(TypeError, match=EXCHANGED):
                call(first, second)


@EVERY
def test_labels_that_are_floats_are_noticed_by_their_shape(case):
    """Not of two rows of numbers, one a pair, and not of two matrices: nothing tells which is which."""
    labels, predictions = case.inputs.of("usual")
    if case.inputs in (DISTANCES, SIMILARITIES_OF_MANY):
        return
    with pytest.raises(TypeError, match=EXCHANGED):
        case.loss()(predictions, labels.astype("float32"))


@EVERY
def test_nothing_is_noticed_where_nothing_is_exchanged(case):
    labels, predictions = case.inputs.of("usual")
    check_order(labels, predictions)
    check_order(labels.astype("float32"), ops.convert_to_tensor(predictions))


def test_a_column_of_floats_says_what_to_try():
    """It could be embeddings of one number, and the labels several a sample."""
    labels, embeddings = RIGHT
    column = labels[:, None].astype("float32")
    with pytest.raises(ValueError, match="in the place of the labels"):
        TripletSemiHardLoss()(ops.convert_to_tensor(embeddings + 0.5), column)
    with pytest.raises(ValueError, match="in the place of the labels"):
        TripletLoss()(embeddings, column)
    several = np.array([[1, 0], [1, 1], [0, 1], [0, 1]], "float32")
    assert np.isfinite(float(TripletLoss(relation=SharedLabel())(several, embeddings[:, :1])))


def test_integers_are_embeddings_where_the_labels_are_labels():
    labels, embeddings = RIGHT
    whole = float(TripletSemiHardLoss()(labels, embeddings.astype("int32").tolist()))
    assert whole == float(TripletSemiHardLoss()(labels.astype("float32"), embeddings))


def test_all_that_takes_labels_first_notices_it():
    labels, embeddings = RIGHT
    strings = np.array(["a", "a", "b", "b"])
    loss = MatryoshkaLoss(TripletSemiHardLoss(), dims=[2, 3])
    for call in (loss, ActiveTriplets().update_state, semi_hard_triplets, TripletSemiHardLoss()):
        for exchanged in (labels, strings):
            with pytest.raises(TypeError, match=EXCHANGED):
                call(embeddings, exchanged)
    with pytest.raises(TypeError, match=r"float32 \(4,\), and then int64 \(4,\)"):
        ContrastiveLoss()(embeddings[:, 0], labels)


def test_compiled_programs_notice_it():
    labels, embeddings = map(ops.convert_to_tensor, RIGHT)
    with pytest.raises(TypeError, match=EXCHANGED):
        compiled(lambda x, y: TripletSemiHardLoss()(x, y))(embeddings, labels)


def test_lists_of_unequal_lengths_are_not_accused():
    check_order(RIGHT[1], [[1.0], [1.0, 2.0]])
