"""Random changes of pictures: what they may do, and that they depend on the seed alone."""

import numpy as np
import pytest

from semihard.data import BalancedBatches, BatchPlan
from semihard.workflows.training._augmentation import augmentation
from semihard.workflows.training.options import AUGMENTATIONS

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(256, size=(16, 12, 20, 3), dtype=np.uint8)
LABELS = np.arange(16) // 4


def batch(name, strength=0.5, pictures=PICTURES, epoch=0, seed=0):
    plan = BatchPlan(LABELS, 4, 4, seed)
    batches = BalancedBatches(pictures, plan, augment=augmentation(name, strength, seed))
    batches.set_epoch(epoch)
    return np.asarray(batches.batch(0)[0]), pictures[plan[epoch, 0]]


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_shape_and_range_stay(name, channels):
    pictures = RNG.integers(256, size=(16, 12, 20, channels), dtype=np.uint8)
    changed, before = batch(name, pictures=pictures)
    assert changed.shape == before.shape
    assert 0 <= changed.min() <= changed.max() <= 255
    np.testing.assert_array_equal(changed, batch(name, pictures=pictures)[0])
    if channels == 4 and name == "photo":
        full = pictures.copy()
        full[..., 3] = 255
        assert (batch(name, pictures=full)[0][..., 3] == 255).all()


def test_a_flip_is_the_mirror_or_nothing():
    changed, before = batch("flip")
    flipped = [np.array_equal(one, other[:, ::-1]) for one, other in zip(changed, before, strict=True)]
    same = [np.array_equal(one, other) for one, other in zip(changed, before, strict=True)]
    assert all(a or b for a, b in zip(flipped, same, strict=True))
    assert any(flipped) and any(same)


@pytest.mark.parametrize("name", ["geometric", "photo"])
def test_each_picture_each_epoch_and_each_seed_differ(name):
    equal = np.repeat(PICTURES[:1], 16, axis=0)
    changed, _ = batch(name, pictures=equal)
    assert len({picture.tobytes() for picture in changed}) == 16
    assert not np.array_equal(changed, batch(name, pictures=equal, epoch=1)[0])
    assert not np.array_equal(changed, batch(name, pictures=equal, seed=1)[0])


def test_nothing_black_comes_in():
    """A picture of one color stays as it is, however it is moved."""
    plain = np.full((16, 12, 20, 3), 77, np.uint8)
    assert (batch("geometric", 1.0, plain)[0] == 77).all()


def test_no_strength_leaves_the_mirror():
    np.testing.assert_array_equal(batch("photo", 0.0)[0], batch("flip")[0])


def test_a_little_moves_a_little():
    """At a hundredth of the strength a smooth picture is nearly itself, or its mirror."""
    ramp = np.broadcast_to(np.linspace(0, 250, 20, dtype=np.uint8)[:, None], (16, 12, 20, 3))
    changed, before = batch("geometric", 0.01, np.ascontiguousarray(ramp))
    for one, other in zip(changed, before, strict=True):
        assert min(np.abs(one - other).max(), np.abs(one - other[:, ::-1].astype(float)).max()) < 8
