"""The plan as PyTorch's DataLoader takes it: alone, in `fit`, with workers, after a restart, and replaced by Keras."""

import pytest

from semihard.data import BatchSampler
from tests.data.seen import EPOCHS, LABELS, SAMPLES, fitted, plan, planned


def batches_of(sampler, passes):
    return [list(sampler) for _ in range(passes)]


def planned_batches(first=0, last=EPOCHS):
    whole = plan()
    return [[whole[epoch, step].tolist() for step in range(whole.steps)] for epoch in range(first, last)]


def test_full_passes_go_through_the_epochs():
    sampler = BatchSampler(plan())
    assert len(sampler) == plan().steps
    assert batches_of(sampler, EPOCHS) == planned_batches()


def test_a_pass_that_is_given_up_does_not_count():
    sampler = BatchSampler(plan())
    next(iter(sampler))
    assert batches_of(sampler, EPOCHS) == planned_batches()


def test_set_epoch_begins_there():
    sampler = BatchSampler(plan())
    sampler.set_epoch(1)
    assert batches_of(sampler, EPOCHS - 1) == planned_batches(first=1)
    with pytest.raises(ValueError, match=r"epoch.*at least 0"):
        sampler.set_epoch(-1)


def test_shards_together_are_the_batch():
    samplers = [BatchSampler(plan().shard(index, 2)) for index in range(2)]
    together = [first + second for first, second in zip(*map(list, samplers), strict=True)]
    assert together == planned_batches(last=1)[0]


def test_something_else_raises():
    with pytest.raises(TypeError, match=r"BatchPlan.*ndarray"):
        BatchSampler(LABELS)


@pytest.fixture
def loader():
    """Make a DataLoader of the samples from keywords."""
    data = pytest.importorskip("torch.utils.data", reason="the adapter for PyTorch's loader needs PyTorch")
    torch = pytest.importorskip("torch")
    tensors = data.TensorDataset(torch.from_numpy(SAMPLES), torch.from_numpy(LABELS))
    return lambda **options: data.DataLoader(tensors, **options)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("first", [0, 1])
def test_fit_gets_the_plan_in_order(loader, workers, first):
    sampler = BatchSampler(plan())
    batches = loader(batch_sampler=sampler, num_workers=workers)
    assert fitted(batches, sampler.callback, epochs=EPOCHS, initial_epoch=first) == planned(first)
    assert fitted(batches, sampler.callback, epochs=EPOCHS) == planned()


def test_fit_with_another_sampler_in_its_place_raises(loader):
    """Keras ≥ 3.16 makes the loader anew with a DistributedSampler when the data is to be shared between processes."""
    from torch.utils.data import DistributedSampler

    sampler = BatchSampler(plan())
    dataset = loader(batch_sampler=sampler).dataset
    replaced = loader(batch_size=12, sampler=DistributedSampler(dataset, num_replicas=2, rank=0))
    with pytest.raises(RuntimeError, match="auto_shard_dataset = False"):
        fitted(replaced, sampler.callback)


def test_indices_are_plain_numbers():
    """Data sets index lists and files with them."""
    assert {type(index) for indices in BatchSampler(plan()) for index in indices} == {int}
