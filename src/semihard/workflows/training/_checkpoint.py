"""Where a training is, in one file that is there whole or not at all: enough to go on as if nothing had happened."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from semihard._core.files import whole_path

Arrays = dict[str, np.ndarray[Any, Any]]


@dataclasses.dataclass
class Progress:
    """Attributes:
    fingerprint: of the data.
    epoch: epochs that are complete.
    best_epoch, best_score: of the model kept so far; 0 and None before the first.
    stopped: whether training is over before its last epoch.
    history: a record of each epoch.
    """

    fingerprint: str
    epoch: int = 0
    best_epoch: int = 0
    best_score: float | None = None
    stopped: bool = False
    history: list[dict[str, Any]] = dataclasses.field(default_factory=list)


def write_checkpoint(path: Path, model: keras.Model, progress: Progress) -> None:
    """Write all that changes in training: weights, the states of random numbers, the optimizer, and the progress.

    The batches need no state: they are a function of the seed and the epoch.
    """
    arrays = values("model", model.variables) | values("optimizer", model.optimizer.variables)
    state = np.frombuffer(json.dumps(dataclasses.asdict(progress)).encode(), np.uint8)
    with whole_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, progress=state, **arrays)


def read_checkpoint(path: Path) -> tuple[Progress, Arrays] | None:
    """Return what `write_checkpoint` wrote; None if there is nothing yet.

    Raises:
        ValueError: the file holds something else.
    """
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return Progress(**json.loads(arrays.pop("progress").tobytes())), arrays
    except Exception as error:  # whatever a broken archive makes its readers raise
        raise ValueError(
            f"Expected {path} to be the checkpoint of a training. Received: {error}. It was changed since it was "
            "written; start again with `overwrite`."
        ) from error


def restore(of: str, variables: Any, arrays: Arrays) -> None:
    """Give the variables of the "model" or the "optimizer" the values that they had.

    Raises:
        ValueError: they are others than those that were written.
    """
    named = {f"{of}/{place:04}": variable for place, variable in enumerate(variables)}
    stored = {name: value for name, value in arrays.items() if name.startswith(f"{of}/")}
    if {name: tuple(variable.shape) for name, variable in named.items()} != {
        name: value.shape for name, value in stored.items()
    }:
        raise ValueError(
            f"Expected a checkpoint of this {of}. Received: one of {len(stored)} variables, or of other shapes, where "
            f"it has {len(named)}. The config, or the versions of Keras or semihard, are others than they were."
        )
    for name, variable in named.items():
        variable.assign(stored[name])


def values(of: str, variables: Any) -> Arrays:
    """The values of the variables of the "model" or the "optimizer", copied, under their names in a checkpoint."""
    return {f"{of}/{place:04}": np.array(keras.ops.convert_to_numpy(one.value)) for place, one in enumerate(variables)}
