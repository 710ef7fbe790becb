"""What an approximate index is worth."""

from typing import NamedTuple

# Of fewer items an exact search of a thousand queries takes less time, and one of a single query a few milliseconds
# (measured with 64 and 256 dimensions, on two cores).
SMALL = 20_000


class IndexRecall(NamedTuple):
    """What an approximate index finds of what an exact search would; `print` it.

    Attributes:
        recall: share of the `k` nearest items that it finds, measured when it was built, or when the last thousand or
            more were added at once; None for a gallery too small to tell.
        k: how many neighbors.
        queries: vectors of the gallery that were searched for before they were in the index.
        items: in the index.
        built_of: items that it was built of, where others were added to it since; None where there were none.
        kind: what it is.
    """

    recall: float | None
    k: int
    queries: int
    items: int
    built_of: int | None = None
    kind: str = "HNSW"

    def __str__(self) -> str:
        found = "not measured: too few items" if self.recall is None else f"{self.recall:.1%} of {self.queries} queries"
        found += f", built of {self.built_of:,}" if self.built_of else ""
        small = self.items < SMALL and self.kind == "HNSW"  # of a store the exact search reads everything
        found += f". Among fewer than {SMALL:,} items an exact search is as fast" if small else ""
        return f"{self.kind} index of {self.items:,} items, recall@{self.k} {found}"
