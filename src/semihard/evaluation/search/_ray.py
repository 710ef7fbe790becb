"""The search as a map of Ray: one task for each panel of queries and shard of items, and one a panel that merges."""

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.cluster import ray_cluster
from semihard.evaluation.search._merge import Nearest, merge
from semihard.evaluation.search._search import NeighborBlock, Progress
from semihard.evaluation.search._shards import Parts, Task, search_part


def blocks_on_ray(parts: Parts, progress: Progress) -> Iterator[NeighborBlock]:
    """Search all panels, in order, in the cluster that there is, or in one on this machine.

    The shards lie in Ray's object store, which writes to the disk what memory does not hold. A task has one processor.
    One that is lost with its machine is done again, and finds the same.

    Raises:
        ImportError: Ray is not installed.
        OSError: there is no cluster at RAY_ADDRESS.
    """
    with ray_cluster() as ray:
        search, combine = ray.remote(num_cpus=1)(_search), ray.remote(num_cpus=1)(_merge)
        shards = [(shard, ray.put(np.ascontiguousarray(parts.gallery[shard]))) for shard in parts.shards]
        # Enough for every processor, and no more, since what is found waits in memory to be taken.
        processors = int(ray.cluster_resources().get("CPU", 1))
        ahead = 1 + -(-2 * processors // len(shards))
        waiting: deque[tuple[NDArray[np.int64], Any]] = deque()
        done, total = 0, sum(map(len, parts.panels))
        for number, panel in enumerate(parts.panels, start=1):
            queries = ray.put(parts.queries[panel])
            found = [search.remote(queries, held, parts.task(panel, shard)) for shard, held in shards]
            waiting.append((panel, combine.remote(parts.depths[panel], *found)))
            while waiting and (len(waiting) >= ahead or number == len(parts.panels)):
                rows, merged = waiting.popleft()
                # Padding copies, since Ray's own arrays cannot be written to.
                found_of = parts.block(rows, Nearest(*ray.get(merged)))
                done += len(rows)
                progress(done, total)
                yield found_of


def _search(queries: NDArray[Any], vectors: NDArray[Any], task: Task) -> tuple[NDArray[Any], ...]:
    return tuple(search_part(queries, vectors, task, threads=1))


def _merge(depths: NDArray[np.int64], *parts: tuple[NDArray[Any], NDArray[Any]]) -> tuple[NDArray[Any], ...]:
    return tuple(merge([Nearest(*part) for part in parts], depths))
