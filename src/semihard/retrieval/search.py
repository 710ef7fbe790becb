"""Exact nearest neighbours, a block of queries at a time."""

from collections.abc import Iterator
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._checks import whole_number
from semihard.retrieval._embeddings import checked_embeddings
from semihard.retrieval._products import Centred, coarse_enough
from semihard.retrieval._settle import error_bound, pair_squared_distances, row_identities, settle

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


class NeighbourBlock(NamedTuple):
    """The nearest gallery items of some queries.

    Attributes:
        rows: int64 [rows], which queries these are.
        items: int64 [rows, width], gallery positions, nearest first.
        squared_distances: float64 [rows, width], ascending; infinite where nothing is left to list. Two of them are
            equal exactly if the squared distances, computed in float64 from the two vectors alone, are equal. As values
            they are approximate, within about 1e-5 of the squared norms: for the order, not for the distance.
    """

    rows: NDArray[np.int64]
    items: NDArray[np.int64]
    squared_distances: NDArray[np.float64]


def neighbour_blocks(
    queries: Any,
    gallery: Any = None,
    *,
    depth: Any,
    exclude: tuple[Any, Any] | None = None,
    memory: int = 2**26,
) -> Iterator[NeighbourBlock]:
    """Search all nearest neighbours by Euclidean distance, exactly, in blocks of queries.

    On unit vectors the order is that of cosine similarity. The order does not depend on the order of the data, on the
    block size or on the BLAS: a matrix product of the centred vectors only preselects, in float32 where the data is no
    finer, and neighbours nearer to each other than its error bound are measured again in float64 from their two
    vectors. Where that would be most of them, as in a wide list of a dense set, the product is made in float64.

    Args:
        queries: real [queries, dim].
        gallery: real [gallery, dim]; by default the queries, where each query is kept from finding itself.
        depth: how many neighbours are wanted: a whole number, or int [queries] with one for each query; a query with
            depth 0 is not searched. Each row holds at least its depth, and *all* items tied with the last of them.
            What follows in the row may end within a tie.
        exclude: pairs (query, gallery item) that do not count as neighbours, as `self_matches` gives them: two int
            arrays [pairs]. By default each query itself where there is no gallery, else none.
        memory: bytes for the blocks, beside the data and one float64 copy of it.

    Yields:
        `NeighbourBlock`s, together holding each query of depth > 0 once, those with small depth first.

    Raises:
        TypeError, ValueError: for embeddings that are not finite numbers [n, dim] or differ in dim, a depth that is
            negative or of the wrong length, and excluded pairs that do not exist.

    Example:
        >>> import numpy as np
        >>> from semihard.retrieval import neighbour_blocks
        >>> points = np.array([[0.0], [1.0], [3.0]])
        >>> for block in neighbour_blocks(points, depth=1):
        ...     print(block.rows, block.items[:, 0], block.squared_distances[:, 0])
        [0 1 2] [1 0 1] [1. 1. 4.]
    """
    queries = checked_embeddings("queries", queries)
    if gallery is None:
        gallery = queries
        if exclude is None:
            exclude = (np.arange(len(queries)), np.arange(len(queries)))
    else:
        gallery = checked_embeddings("gallery", gallery)
        if gallery.shape[1] != queries.shape[1]:
            raise ValueError(
                f"Expected `queries` and `gallery` to have the same number of dimensions. "
                f"Received {queries.shape} and {gallery.shape}."
            )
    depths = _depths(depth, len(queries))
    memory = whole_number("memory", memory, 1)
    return _search(queries, gallery, depths, _pairs_by_query(exclude, len(queries), len(gallery)), memory)


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


def _search(
    queries: NDArray[Any], gallery: NDArray[Any], depths: NDArray[np.int64], exclude: Pairs, memory: int
) -> Iterator[NeighbourBlock]:
    # Without centring, vectors far from the origin would make the error bound, and so the work, large.
    centre = gallery.mean(axis=0, dtype=np.float64)
    precisions = {kind: cache(partial(Centred, gallery, centre, kind)) for kind in (np.float32, np.float64)}
    identities = cache(partial(row_identities, gallery))
    measure = partial(pair_squared_distances, queries, gallery)
    kind: Any = np.float32 if coarse_enough(queries, gallery) else np.float64

    # Queries of similar depth share a block, so that one deep query does not widen the rows of all.
    order = np.argsort(depths, kind="stable")
    order = order[depths[order] > 0]
    # Half of the memory for the distances; in the other half a selection needs 12 bytes for each of them, and up to 40
    # where most of them tie.
    step = max(1, memory // 2 // (np.dtype(kind).itemsize * len(gallery)))
    narrow = max(1, memory // 2 // (12 * len(gallery)))
    for start in range(0, len(order), step):
        rows = order[start : start + step]
        squared, norms = precisions[kind]().squared_distances(queries[rows])
        _blank(squared, rows, exclude)
        for low in range(0, len(rows), narrow):
            part = slice(low, low + narrow)
            depth, unit = depths[rows[part]].max(), float(np.finfo(squared.dtype).epsneg)
            found = _select(squared[part], rows[part], norms[part], depth, queries.shape[1], unit)
            # A measured pair costs as much as some 45 entries of a product in double precision.
            if unit > 2.0**-50 and np.count_nonzero(found.close) * 45 > found.block.items.shape[0] * len(gallery):
                kind, unit = np.float64, 2.0**-53
                again, norms_again = precisions[kind]().squared_distances(queries[rows[part]])
                _blank(again, rows[part], exclude)
                found = _select(again, rows[part], norms_again, depth, queries.shape[1], unit)
            with np.errstate(invalid="ignore"):  # infinity − infinity, between excluded items
                settle(found.block.squared_distances, found.block.items, rows[part], found.close, identities, measure)
            yield found.block


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


def _blank(squared: NDArray[np.float64], rows: NDArray[np.int64], exclude: Pairs) -> None:
    first = np.searchsorted(exclude[0], rows, side="left")
    counts = np.searchsorted(exclude[0], rows, side="right") - first
    row = np.repeat(np.arange(len(rows)), counts)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    squared[row, exclude[1][np.repeat(first, counts) + within]] = np.inf


class _Found(NamedTuple):
    """A block in approximate order, and which neighbours in it are too close to trust that, [rows, width − 1]."""

    block: NeighbourBlock
    close: NDArray[np.bool_]


def _select(
    squared: NDArray[Any],
    rows: NDArray[np.int64],
    norms: NDArray[np.float64],
    depth: int,
    dim: int,
    unit: float,
) -> _Found:
    width = min(int(depth), squared.shape[1])
    last = np.partition(squared, width - 1, axis=1)[:, width - 1].astype(np.float64)
    finite = last
    if not np.isfinite(last).all():
        finite = np.where(np.isfinite(last), last, np.max(squared, axis=1, where=np.isfinite(squared), initial=0.0))
    slack = error_bound(dim, norms, np.maximum(finite, 0.0), unit)
    # Whatever may tie with the last one wanted belongs to the row. Rounded up: the comparison is in the block's dtype.
    reach = np.nextafter((last + 2 * slack).astype(squared.dtype), squared.dtype.type(np.inf))
    row, item = np.divmod(np.flatnonzero(squared <= reach[:, None]), squared.shape[1])
    counts = np.bincount(row, minlength=len(rows))
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    items = np.zeros((len(rows), int(counts.max())), np.int64)
    nearest = np.full(items.shape, np.inf)
    items[row, place], nearest[row, place] = item, squared[row, item]
    if (nearest[:, 1:] < nearest[:, :-1]).any():
        order = np.argsort(nearest, axis=1)
        items = np.take_along_axis(items, order, axis=1)
        nearest = np.take_along_axis(nearest, order, axis=1)
    with np.errstate(invalid="ignore"):  # infinity − infinity, between excluded items
        close = np.diff(nearest, axis=1) <= 2 * slack[:, None]
    return _Found(NeighbourBlock(rows, items, nearest), close)
