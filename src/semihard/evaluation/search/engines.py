"""Who searches: this process, or tasks of Ray on one machine or many."""

from contextlib import AbstractContextManager, nullcontext

from semihard._core.checks import one_of
from semihard._core.cluster import ray_cluster
from semihard._core.extras import RAY, require

ENGINES = ("local", "ray")


def check_engine(engine: str) -> None:
    """Raise `ValueError` for what is no engine, and `ImportError` for Ray where it is not installed.

    Example:
        >>> check_engine("local")
    """
    if one_of("engine", engine, ENGINES) == "ray":
        require("ray", "Ray", RAY)


def running(engine: str) -> AbstractContextManager[object]:
    """Have an engine ready for several searches while the block runs.

    Example:
        >>> with running("local"):
        ...     pass
    """
    return ray_cluster() if engine == "ray" else nullcontext()
