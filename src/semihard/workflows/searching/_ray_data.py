"""Many tasks on actors of Ray Data, on this machine or on all of a cluster. It knows nothing of pictures or of Keras.

Each actor sets itself up once. One that is killed, or whose machine is, is started anew, and what it was at is done
again: a task must do the same when it is done twice.
"""

import contextlib
import logging
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from semihard._core import cluster
from semihard._core.extras import RAY, MissingPackage

# A whole processor each would leave none for Ray's own tasks on a small machine: they would wait for it for ever.
PROCESSORS = 0.5
# Of tasks, which are small: the default is a third of the memory.
STORE = 2**28
# What a user can do something about; it comes from an actor as a line. Anything else is a bug, and keeps its traceback.
_EXPECTED = (ImportError, OSError, ValueError)


class Cluster(NamedTuple):
    """Attributes:
    machines: how many there are that compute.
    processors, gpus: of all of them.
    """

    machines: int
    processors: float
    gpus: float


@contextlib.contextmanager
def ray_cluster() -> Iterator[Cluster]:
    """Have Ray while the block runs: that of this process if there is one, of RAY_ADDRESS, or one on this machine.

    Only what was begun here is ended.

    Raises:
        MissingPackage: Ray Data is not installed.
        OSError: there is no cluster at RAY_ADDRESS.
    """
    _ray()
    with cluster.ray_cluster(store=STORE) as ray:
        yield _cluster(ray)


def each_on_ray(
    tasks: Iterable[Any],
    start: Callable[[], Callable[[Any], Any]],
    *,
    actors: int,
    gpus: float = 0,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Any]:
    """Yield what is made of each task, as it is done; within `ray_cluster`.

    No more than some tasks an actor are on their way at any time.

    Args:
        tasks: what `pickle` takes, each.
        start: called once by each actor; what it returns is called with a task.
        actors: how many there are at the most.
        gpus: that each has to itself.
        environment: variables that are set before an actor begins.

    Raises:
        ValueError: as an actor has raised it.
        OSError: the same, or it lacks a package, or Ray cannot go on.
    """
    ray = _ray()
    each = min(PROCESSORS, ray.cluster_resources().get("CPU", 1.0) / actors)
    with _quiet(ray):
        rows = [{"task": pickle.dumps(task)} for task in tasks]
        # One a block: else Ray makes a single block of so few, and one actor does it all.
        given = ray.data.from_items(rows, override_num_blocks=len(rows))
        del rows  # they are in Ray's own memory now
        made = given.map_batches(
            _Actor,
            fn_constructor_args=(start,),
            batch_size=1,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=actors, max_tasks_in_flight_per_actor=2),
            num_cpus=each,
            num_gpus=gpus,
            runtime_env={"env_vars": dict(environment or {})},
        )
        try:
            for row in made.iter_rows():
                if row["wrong"] is not None:
                    raise (ValueError if row["value"] else OSError)(row["wrong"])
                yield pickle.loads(row["made"])  # noqa: S301 - of our own actor
        except ray.exceptions.RayTaskError:  # a bug
            raise
        except ray.exceptions.RayError as error:
            said = (str(error).splitlines() or [""])[0]
            raise OSError(
                f"Expected the cluster to go on. Received: {type(error).__name__}: {said} Call it again: what is whole "
                "is kept."
            ) from error


class _Actor:
    """What Ray Data keeps in each process."""

    def __init__(self, start: Callable[[], Callable[[Any], Any]]) -> None:
        # An exception here would be told of as Ray's own, with a hundred lines: it waits for the first task.
        self._wrong: Exception | None = None
        try:
            self._do = start()
        except _EXPECTED as error:
            self._wrong = error

    def __call__(self, batch: Any) -> Any:
        import pyarrow as pa

        wrong = made = None
        value = False
        try:
            if self._wrong is not None:
                raise self._wrong
            made = pickle.dumps(self._do(pickle.loads(batch["task"][0].as_py())))  # noqa: S301 - of our own driver
        except _EXPECTED as error:
            wrong, value = str(error), not isinstance(error, ImportError | OSError)
        columns = {"wrong": pa.array([wrong], pa.string()), "value": pa.array([value])}
        return pa.table({**columns, "made": pa.array([made], pa.binary())})


def _ray() -> Any:
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingPackage("Ray Data", RAY, error) from error
    return ray


def _cluster(ray: Any) -> Cluster:
    found = ray.cluster_resources()
    machines = sum(node["Alive"] and node["Resources"].get("CPU", 0) > 0 for node in ray.nodes())
    return Cluster(max(1, machines), found.get("CPU", 1.0), found.get("GPU", 0.0))


@contextlib.contextmanager
def _quiet(ray: Any) -> Iterator[None]:
    """Without the bars and lines of Ray Data: what is to be said of the work, others say."""
    context = ray.data.DataContext.get_current().copy()
    context.enable_progress_bars = False
    log = logging.getLogger("ray.data")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with ray.data.DataContext.current(context):
            yield
    finally:
        log.setLevel(before)
