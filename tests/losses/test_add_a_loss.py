"""The page docs/add-a-loss.md is code: what it shows is the loss of the package, its loops and its case."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from semihard import losses
from tests.losses.contracts import CASES, KINDS
from tests.oracles import relations

PAGE = Path(__file__).parents[2] / "docs" / "add-a-loss.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def page():
    """What the page's blocks define, run one after the other; the first of a name, since one block imports the same."""
    names, first = {"__name__": "page"}, {}
    with pytest.MonkeyPatch.context() as patch:
        # The class of the page would take the place of that of the package.
        patch.setattr(keras.saving, "register_keras_serializable", lambda package: lambda cls: cls)
        for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
            exec(block, names)
            first = {**names, **first}
    return first


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_of_the_page_is_the_loops_of_the_page(page, kind):
    assert page["SupervisedContrastiveLoss"] is not losses.SupervisedContrastiveLoss
    case = page["case"]
    y, x = case.inputs.of(kind)
    expected = page["supervised_contrastive"](x, relations.same_label(y), **case.options)
    values = page["supervised_contrastive_loss"](y, x, **case.options, reduction=None)
    np.testing.assert_allclose(ops.convert_to_numpy(values), expected, rtol=1e-4, atol=1e-6)
    loss = page["SupervisedContrastiveLoss"](**case.options)
    np.testing.assert_allclose(float(loss(y, x)), expected.mean(), rtol=1e-4, atol=1e-6)
    assert loss.get_config() == losses.SupervisedContrastiveLoss(**case.options).get_config()


def test_the_case_of_the_page_is_that_of_the_table(page):
    case = next(case for case in CASES if case.loss is losses.SupervisedContrastiveLoss)
    assert page["case"]._replace(oracle=None) == case._replace(oracle=None)


def test_a_loss_of_ones_own(page):
    """Anchors at 0, 1 and 5: the nearest negatives at 5, 4 and 4, all but the first short of 5 by 1."""
    loss = page["SpreadLoss"](margin=5.0)
    x = np.array([[0.0], [1.0], [5.0]], np.float32)
    assert float(loss(np.array([2**24, 2**24, 2**24 + 1]), x)) == pytest.approx(2 / 3)
    assert page["SpreadLoss"].from_config(loss.get_config()).margin == 5.0
