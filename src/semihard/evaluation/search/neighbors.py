"""The exact nearest neighbors of each query: all at once, or block after block."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import whole_number
from semihard._core.embeddings import checked_embeddings
from semihard.evaluation.search._merge import order_ties
from semihard.evaluation.search._prepared import PreparedGallery, prepared
from semihard.evaluation.search._ray import blocks_on_ray
from semihard.evaluation.search._search import NeighborBlock, Pairs, Search
from semihard.evaluation.search._shards import Parts, blocks_in_turn, too_large
from semihard.evaluation.search.engines import check_engine
from semihard.evaluation.search.exact import pair_squared_distances


def nearest_neighbors(
    queries: Any,
    gallery: Any = None,
    *,
    k: int,
    exclude: tuple[Any, Any] | None = None,
    memory: int = 2**30,
    progress: Callable[[int, int], object] | None = None,
    engine: str = "local",
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the k nearest gallery items of each query by Euclidean distance, exactly.

    Args:
        queries: real [queries, dim].
        gallery: real [gallery, dim], or a `PreparedGallery` of them, where few queries at a time are searched; by
            default the queries, where each query is kept from finding itself.
        k: how many neighbours.
        exclude: pairs (query, gallery item) that do not count as neighbours, as `self_matches` gives them. By
            default each query itself where there is no gallery, else none.
        memory, engine: as in `neighbor_blocks`.
        progress: called with (queries done, all queries).

    Returns:
        Distances, float64 [queries, k], ascending, and gallery positions, int64 [queries, k]. Ties stand in the order
        of the gallery. Where fewer than k items are left, the rest is infinity and −1.

    Raises:
        TypeError, ValueError, ImportError: as `neighbor_blocks`.

    Example:
        >>> from semihard.evaluation import nearest_neighbors
        >>> distances, items = nearest_neighbors([[0.0, 0.0], [3.0, 4.0], [3.0, 5.0]], k=1)
        >>> distances[:, 0].tolist(), items[:, 0].tolist()
        ([5.0, 1.0, 1.0], [1, 2, 1])
    """
    k = whole_number("k", k, 1)
    queries = checked_embeddings("queries", queries)
    targets = queries if gallery is None else _checked(gallery)
    vectors = targets.vectors if isinstance(targets, PreparedGallery) else targets
    distances = np.full((len(queries), k), np.inf)
    items = np.full((len(queries), k), -1, np.int64)
    if gallery is None and exclude is None:
        exclude = _themselves(len(queries))
    blocks = neighbor_blocks(
        queries, targets, depth=k, exclude=exclude, memory=memory, progress=progress, engine=engine
    )
    for block in blocks:
        found, squared = block.items, block.squared_distances
        order_ties(squared, found)
        row, column = np.nonzero(np.isfinite(squared[:, :k]))
        query, item = block.rows[row], found[row, column]
        distances[query, column] = np.sqrt(pair_squared_distances(queries, vectors, query, item))
        items[query, column] = item
    return distances, items


def neighbor_blocks(
    queries: Any,
    gallery: Any = None,
    *,
    depth: Any,
    exclude: tuple[Any, Any] | None = None,
    memory: int = 2**30,
    progress: Callable[[int, int], object] | None = None,
    engine: str = "local",
) -> Iterator[NeighborBlock]:
    """Search all nearest neighbours by Euclidean distance, exactly, in blocks of queries.

    On unit vectors the order is that of cosine similarity. The order does not depend on the order of the data, on the
    block size or on the BLAS: a matrix product of the centred vectors only preselects, in float32 where the data is no
    finer, and neighbours nearer to each other than its error bound are measured again in float64 from their two
    vectors. Where that would be most of them, as in a wide list of a dense set, the product is made in float64.

    Args:
        queries: real [queries, dim].
        gallery: real [gallery, dim], or a `PreparedGallery` of them, where few queries at a time are searched; by
            default the queries, where each query is kept from finding itself.
        depth: how many neighbours are wanted: a whole number, or int [queries] with one for each query; a query with
            depth 0 is not searched. Each row holds at least its depth, and *all* items tied with the last of them.
            What follows in the row may end within a tie.
        exclude: pairs (query, gallery item) that do not count as neighbours, as `self_matches` gives them: two int
            arrays [pairs]. By default each query itself where there is no gallery, else none.
        memory: bytes for the search, beside the data; about what 65,536 items take at least. A gallery that would take
            more than half of it when ready to be searched is searched in parts, so that one in a file (`np.memmap`) is
            never read whole; a `PreparedGallery` is ready. Items are searched among themselves in half of the time,
            each product serving both of its items, where it also holds 8 bytes for 1.5 times the neighbours of all.
        progress: called with (queries done, queries that want any).
        engine: who searches: "local", this process; or "ray", tasks of Ray, `memory` bytes each, in the cluster of this
            process or of RAY_ADDRESS, or in one on this machine that ends with the search.

    Yields:
        `NeighborBlock`s, together holding each query of depth > 0 once.

    Raises:
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim] or differ in dim, a depth that is
            negative or of the wrong length, excluded pairs that do not exist, and an engine that does not.
        ImportError: Ray is asked for and is not installed.

    Example:
        >>> import numpy as np
        >>> from semihard.evaluation import neighbor_blocks
        >>> points = np.array([[0.0], [1.0], [3.0]])
        >>> for block in neighbor_blocks(points, depth=1):
        ...     print(block.rows, block.items[:, 0], block.squared_distances[:, 0])
        [0 1 2] [1 0 1] [1. 1. 4.]
    """
    queries = checked_embeddings("queries", queries)
    if gallery is None and exclude is None:
        exclude = _themselves(len(queries))
    targets = queries if gallery is None else _checked(gallery)
    vectors = targets.vectors if isinstance(targets, PreparedGallery) else targets
    if vectors.shape[1] != queries.shape[1]:
        raise ValueError(
            f"Expected `queries` and `gallery` to have the same number of dimensions. "
            f"Received {queries.shape} and {vectors.shape}."
        )
    depths = _depths(depth, len(queries))
    memory = whole_number("memory", memory, 1)
    excluded = _pairs_by_query(exclude, len(queries), len(vectors))
    tell = progress or _nobody
    check_engine(engine)
    if engine == "ray":
        return blocks_on_ray(Parts(queries, vectors, depths, excluded, memory), tell)
    if targets is vectors and too_large(queries, vectors, memory):
        return blocks_in_turn(Parts(queries, vectors, depths, excluded, memory, merged=2), tell)
    return Search(queries, prepared(targets), depths, excluded, memory, tell).blocks()


def _checked(gallery: Any) -> Any:
    return gallery if isinstance(gallery, PreparedGallery) else checked_embeddings("gallery", gallery)


def _nobody(done: int, total: int) -> None:
    """Nobody wants to know how far it is."""


def _themselves(queries: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.arange(queries), np.arange(queries)


def _depths(depth: Any, queries: int) -> NDArray[np.int64]:
    if np.ndim(depth) == 0:
        return np.full(queries, whole_number("depth", depth, 0))
    depths = np.asarray(depth)
    if depths.shape != (queries,) or depths.dtype.kind not in "iu" or (depths < 0).any():
        raise ValueError(
            f"Expected `depth` to be a whole number or one of at least 0 for each of {queries} queries. "
            f"Received dtype {depths.dtype}, shape {depths.shape}."
        )
    return depths.astype(np.int64)


def _pairs_by_query(exclude: tuple[Any, Any] | None, queries: int, gallery: int) -> Pairs:
    if exclude is None:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    query, item = (np.asarray(positions) for positions in exclude)
    if query.ndim != 1 or query.shape != item.shape or {query.dtype.kind, item.dtype.kind} - set("iu"):
        raise ValueError(
            f"Expected `exclude` to be two int arrays [pairs]: queries and gallery items. "
            f"Received shapes {query.shape} and {item.shape}, dtypes {query.dtype} and {item.dtype}."
        )
    for name, positions, length in (("query", query, queries), ("gallery", item, gallery)):
        if len(positions) and not 0 <= positions.min() <= positions.max() < length:
            raise ValueError(
                f"Expected `exclude` to hold {name} positions from 0 to {length - 1}. "
                f"Received {positions.min()} to {positions.max()}."
            )
    order = np.argsort(query, kind="stable")
    return query[order].astype(np.int64), item[order].astype(np.int64)
