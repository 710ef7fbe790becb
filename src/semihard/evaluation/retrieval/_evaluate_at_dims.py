"""Judge embeddings that are cut off, as those that a Matryoshka loss has trained may be."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from numpy.typing import NDArray

from semihard._core.checks import ascending, one_of
from semihard._core.embeddings import checked_embeddings, unit_vectors
from semihard.evaluation.retrieval._evaluate import ONE_SEARCH, evaluate
from semihard.evaluation.retrieval.dims_report import DimsReport


def evaluate_at_dims(
    embeddings: Any,
    labels: Any,
    dims: Sequence[int],
    *,
    normalize: bool = True,
    gallery: Any = None,
    gallery_labels: Any = None,
    ids: Any = None,
    gallery_ids: Any = None,
    ks: Iterable[int] = (1,),
    measures: Iterable[str] = ONE_SEARCH,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    memory: int = 2**30,
    progress: Callable[[int, int], object] | None = None,
) -> DimsReport:
    """Search by the first numbers of each embedding alone, for several sizes, and report what was found.

    Args:
        embeddings: real [queries, dim], finite.
        labels: [queries], as in `evaluate`.
        dims: the sizes, ascending, the largest at most dim.
        normalize: whether the first numbers are divided by their length, as `semihard.losses.MatryoshkaLoss` does.
            False for embeddings that are not of unit length.
        measures: as in `evaluate`; by default "recall_at", "r_precision" and "map_at_r", of one search a size.
        gallery, gallery_labels, ids, gallery_ids, ks, resamples, confidence, seed, memory, progress: as in `evaluate`.

    Raises:
        TypeError, ValueError: as `evaluate`, and for sizes that do not ascend or that the embeddings do not have; with
            `normalize`, for an embedding whose first numbers are all 0.

    Example:
        >>> report = evaluate_at_dims([[0.6, 0.8], [0.6, -0.8], [0.8, 0.6], [0.8, -0.6]], [0, 1, 0, 1], [1, 2])
        >>> {name: round(figure.value, 3) for name, figure in report.figures.items() if "recall" in name}
        {'recall_at_1_dim_1': 0.333, 'recall_at_1_dim_2': 1.0}
    """
    sizes, normalize = ascending("dims", dims), one_of("normalize", normalize, (True, False))
    queries = checked_embeddings("embeddings", embeddings)
    items = None if gallery is None else checked_embeddings("gallery", gallery)
    if sizes[-1] > queries.shape[1]:
        raise ValueError(
            f"Expected `dims` of at most {queries.shape[1]}, the numbers of an embedding. Received: {sizes[-1]}."
        )
    reports = {
        dim: evaluate(
            _cut_off("embeddings", queries, dim, normalize),
            labels,
            gallery=None if items is None else _cut_off("gallery", items, dim, normalize),
            gallery_labels=gallery_labels,
            ids=ids,
            gallery_ids=gallery_ids,
            ks=ks,
            measures=measures,
            resamples=resamples,
            confidence=confidence,
            seed=seed,
            memory=memory,
            progress=progress,
        )
        for dim in sizes
    }
    return DimsReport(reports, queries.shape[1], normalize)


def _cut_off(name: str, embeddings: NDArray[Any], dim: int, normalize: bool) -> NDArray[Any]:
    first = embeddings[:, :dim]
    if not normalize:
        return first
    # No finer than they are: a search in float64 takes twice as long.
    return unit_vectors(f"{name}[:, :{dim}]", first).astype(embeddings.dtype)
