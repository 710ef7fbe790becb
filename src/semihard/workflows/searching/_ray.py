"""The files of a plan, made by actors of Ray that hold the model each: on this machine, or on all of a cluster."""

import dataclasses
import math
import os
from collections.abc import Callable
from pathlib import Path

import keras

from semihard.workflows.searching._far_maker import FarMaker
from semihard.workflows.searching._pieces import Piece, Plan, not_shared
from semihard.workflows.searching._ray_data import each_on_ray, ray_cluster
from semihard.workflows.searching._shards import ShardFormat
from semihard.workflows.searching.run_files import RunFiles

# So that models can share one: JAX and TensorFlow take all of its memory else.
_SHARED_GPU = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}


def make_on_ray(
    plan: Plan,
    files: RunFiles,
    *,
    batch: int,
    workers: int | None,
    device: str,
    shards: ShardFormat | None,
    progress: Callable[[int, int], object] | None,
) -> None:
    """Make those files of a plan that are not there yet.

    Args:
        plan: which.
        files: of the run.
        batch: pictures that the model is given at a time.
        workers: actors; None for one a GPU, or one a machine.
        device: "auto", "cpu" or "gpu".
        shards: what is written; None for parts.
        progress: called with (pictures done, all pictures), after each file.

    Raises:
        ImportError: Ray Data is not installed.
        OSError: the machines do not see the same files, or lack a GPU, or the cluster is gone.
    """
    count = len(plan.photos.paths)
    wanted = [number for number, file in enumerate(plan.files) if not file.exists()]
    done = count - sum(len(plan.places(number)) for number in wanted)
    if progress is not None:
        progress(done, count)
    if not wanted:
        return
    with ray_cluster() as cluster:
        gpus = 0.0 if device == "cpu" else cluster.gpus
        if device == "gpu" and not gpus:
            raise OSError("Expected GPUs in the cluster, for device='gpu'. Received: none. Leave the device out.")
        actors = min(workers or int(gpus) or cluster.machines, len(wanted))
        threads = max(1, int(cluster.processors / actors))
        maker = FarMaker(
            dataclasses.replace(files, model=files.model.absolute()),
            files.hash,
            keras.backend.backend(),
            plan.folder,
            batch,
            threads,
            device,
            shards,
        )
        environment = {
            "KERAS_BACKEND": keras.backend.backend(),
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(threads)),  # or Ray makes it 1
            "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3"),
            **(_SHARED_GPU if 0 < gpus < actors else {}),
        }
        tasks = (_from_anywhere(plan.piece(number)) for number in wanted)
        made = each_on_ray(
            tasks, maker, actors=actors, gpus=gpus and 1 / math.ceil(actors / gpus), environment=environment
        )
        for pictures in made:
            done += pictures
            if progress is not None:
                progress(done, count)
    lost = next((plan.files[number] for number in wanted if not plan.files[number].exists()), None)
    if lost is not None:
        raise FileNotFoundError(not_shared(lost))


def _from_anywhere(piece: Piece) -> Piece:
    """A piece for a process that works elsewhere, with what is known of its pictures here."""
    paths = [str(Path(path).absolute()) for path in piece.paths]
    return piece._replace(paths=paths, missing=frozenset(path for path in paths if not os.path.lexists(path)))
