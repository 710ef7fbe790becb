"""EmbeddingLoss: what a subclass with a function, and one with a `call` of its own, get from it."""

import inspect
import json

import keras
import numpy as np
import pytest
from keras import ops

from semihard import losses
from semihard.losses import EmbeddingLoss, Memory
from semihard.relations import SameLabel
from tests.losses.contracts import CASES

X = np.array([[3.0, 4.0], [0.0, 2.0]], np.float32)
Y = np.array([2**24, 2**24 + 1])
OWN = {"name", "reduction", "dtype"}


@keras.saving.register_keras_serializable(package="test_base")
def doubled(x):
    return 2.0 * x


def powers(y_true, y_pred, power=2.0, change=None, relation=None):
    x = y_pred if change is None else change(y_pred)
    return ops.sum(ops.power(x, power), axis=1)


@keras.saving.register_keras_serializable(package="test_base")
class Powers(EmbeddingLoss):
    def __init__(self, power=2.0, change=None, relation=None, **kwargs):
        super().__init__(powers, power=power, change=change, relation=relation, **kwargs)


class ByCall(EmbeddingLoss):
    """As subclasses were written before the base carried options."""

    def __init__(self, power=2.0, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def call(self, y_true, y_pred):
        assert y_true is Y
        return powers(y_true, y_pred, self.power)

    def get_config(self):
        return {**super().get_config(), "power": self.power}


class ByCallWithOptions(EmbeddingLoss):
    def __init__(self, power=2.0, **kwargs):
        super().__init__(power=power, **kwargs)

    def call(self, y_true, y_pred):
        return powers(y_true, y_pred, self.power)


@pytest.mark.parametrize("loss", [Powers, ByCall, ByCallWithOptions])
def test_every_way_to_write_a_loss(loss):
    """Rows 3 + 4 and 0 + 2 with power 1; 9 + 16 and 0 + 4 with power 2."""
    assert float(loss(power=1.0)(Y, X)) == 4.5
    assert float(loss(reduction="sum")(Y, X)) == 29.0
    assert float(loss(power=1.0)(Y, X, sample_weight=np.array([2.0, 0.0]))) == 7.0
    again = loss.from_config(loss(power=1.0, name="mine", reduction="sum").get_config())
    assert (again.power, again.name, again.reduction, float(again(Y, X))) == (1.0, "mine", "sum", 9.0)


def test_an_option_that_is_changed_counts_from_then_on():
    loss = Powers()
    loss.power = 1.0
    assert float(loss(Y, X)) == 4.5
    assert loss.options == {"power": 1.0, "change": None, "relation": None}
    assert loss.get_config()["power"] == 1.0


def test_objects_and_callables_among_the_options_are_saved():
    loss = Powers(1.0, doubled, SameLabel(ignore=-1))
    again = keras.losses.deserialize(json.loads(json.dumps(keras.losses.serialize(loss))))
    assert again.options == {"power": 1.0, "change": doubled, "relation": SameLabel(ignore=-1)}
    assert float(again(Y, X)) == 9.0


def test_another_relation_is_refused():
    with pytest.raises(TypeError, match=r"Expected `relation`.*'same'"):
        Powers(relation="same")


def test_only_a_function_with_a_memory_gets_one():
    class Remembered(EmbeddingLoss):
        def __init__(self, **kwargs):
            super().__init__(lambda y_true, y_pred, memory=None: y_pred[:, 0] + memory.embeddings[0, 0], **kwargs)

    memory = Memory(Y[:1], ops.convert_to_tensor(X[:1]))
    assert Remembered().takes_memory
    assert float(Remembered(reduction="sum")(Y, X, memory=memory)) == 9.0  # 3 + 3 and 0 + 3
    assert not Powers().takes_memory
    with pytest.raises(TypeError, match=r"Expected a loss that takes a memory\. Received: Powers"):
        Powers()(Y, X, memory=memory)


def test_neither_function_nor_call():
    with pytest.raises(NotImplementedError, match="Expected EmbeddingLoss to have a function, or a `call` of its own"):
        EmbeddingLoss()(Y, X)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.loss.__name__)
def test_class_and_function_have_the_same_options_and_defaults(case):
    """And so has the config, whose values are those that were given."""
    of_class = inspect.signature(case.loss).parameters
    of_function = inspect.signature(case.function).parameters
    names = set(of_class) - OWN - {"cross_replica"}
    assert names == set(list(of_function)[2:]) - {"reduction", "memory", "shared"}
    assert all(of_class[name].default == of_function[name].default for name in names)
    loss = case.loss(**case.options)
    config = loss.get_config()
    assert set(config) == names | OWN
    assert config == {**config, **{name: of_class[name].default for name in names}, **case.options}
    assert all(getattr(loss, name) == config[name] for name in names)
    assert loss.takes_memory == ("memory" in of_function)
    assert loss.gathers == ("cross_replica" in of_class)
    if loss.gathers:  # what nobody chose is not saved
        config = case.loss(**case.options, cross_replica=True).get_config()
        assert case.loss.from_config(config).cross_replica is config["cross_replica"] is True
        with pytest.raises(ValueError, match="cross_replica"):
            case.loss(**case.options, cross_replica="yes")


def test_a_config_with_objects_is_as_it_was_saved_by_the_first_architecture():
    saved = {
        "name": "pair_contrastive_loss",
        "reduction": "sum_over_batch_size",
        "dtype": {
            "module": "keras",
            "class_name": "DTypePolicy",
            "config": {"name": "float32"},
            "registered_name": None,
        },
        "relation": {
            "module": "semihard.relations._same_label",
            "class_name": "SameLabel",
            "config": {"ignore": [1, 2]},
            "registered_name": "semihard>SameLabel",
        },
        "positive_margin": 0.0,
        "negative_margin": 2.0,
        "distance_metric": {
            "module": "builtins",
            "class_name": "function",
            "config": "test_base>doubled",
            "registered_name": "function",
        },
        "squared": True,
        "average": "all",
    }
    relation = SameLabel(ignore=(2, 1))
    loss = losses.PairContrastiveLoss(negative_margin=2, distance_metric=doubled, relation=relation)
    assert loss.get_config() == saved
    again = losses.PairContrastiveLoss.from_config(saved)
    assert (again.distance_metric, again.relation, again.negative_margin) == (doubled, relation, 2.0)
