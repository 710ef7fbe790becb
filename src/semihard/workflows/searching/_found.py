"""What a search found: a name or none of these for each photo, and its neighbors."""

import dataclasses
import json
from typing import Any

from semihard._core.text import one_line
from semihard.gallery import Gallery, IndexRecall, Neighbors
from semihard.workflows.searching._failed import Failed, failed_line

NONE = "none of these"


@dataclasses.dataclass(frozen=True)
class Found:
    """What `semihard.search` returns; `print` it.

    Attributes:
        photos: [queries] paths that were looked for, without those that failed.
        names: [queries] the label of each, None for none of these; or None where the gallery cannot tell.
        neighbors: the k nearest items of each.
        failed: (path, reason) of each photo that could not be read.
        advice: why there are no names, or what they are not worth; None where there is nothing to say.
        index: the approximate index that was searched; None of an exact search.
        undrawn: a line about neighbors whose pictures are not where the gallery says, if they were to be drawn.
    """

    photos: list[str]
    names: list[Any] | None
    neighbors: Neighbors
    failed: Failed
    advice: str | None
    index: IndexRecall | None = None
    undrawn: str | None = None

    @classmethod
    def of(
        cls,
        gallery: Gallery,
        vectors: Any,
        photos: list[str],
        failed: Failed,
        *,
        k: int,
        called: str = "The gallery",
        index: str = "exact",
    ) -> "Found":
        """Search the vectors [queries, dim] of photos, and name them where the gallery can.

        Args:
            gallery: to search.
            vectors: of the photos.
            photos: [queries] what to call them.
            failed: (photo, reason) of those that have no vector.
            k: neighbors of each.
            called: what to call the gallery.
            index: as of `Gallery.search`.

        Raises:
            TypeError, ValueError: as `Gallery.search`.

        Example:
            >>> gallery = Gallery.create([[0.0], [5.0]], ["cup", "bowl"], threshold=1.0)
            >>> Found.of(gallery, [[4.5], [9.0]], ["a.png", "b.png"], [], k=1).names
            ['bowl', None]
        """
        neighbors = gallery.search(vectors, k, index=index)
        names, advice = None, None
        if gallery.threshold is None:
            advice = f"No names: {called} has no threshold. `semihard index` says how to get one."
        elif any(label is None for label in gallery.labels):
            advice = f"No names: {called} holds pictures without a label."
        else:
            names, advice = gallery.match(vectors, index=index).labels.tolist(), gallery.note
        return cls(photos, names, neighbors, failed, advice, gallery.index if index == "ann" else None)

    @property
    def note(self) -> str | None:
        """A line about the photos that could not be read, if there are any."""
        return failed_line(self.failed, len(self.photos) + len(self.failed)) if self.failed else None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as lists and numbers that JSON can hold."""
        near = self.neighbors
        queries = []
        for place, photo in enumerate(self.photos):
            rows = zip(near.ids[place], near.labels[place], near.distances[place], near.within[place], strict=True)
            found = [
                {"id": key, "label": label, "distance": float(distance), "within": bool(within)}
                for key, label, distance, within in rows
            ]
            name = {} if self.names is None else {"name": self.names[place]}
            queries.append({"photo": photo, **name, "neighbors": found})
        return {
            "metric": near.metric,
            "threshold": near.threshold,
            "queries": queries,
            "advice": self.advice,
            "index": self.index._asdict() if self.index else None,
            "undrawn": self.undrawn,
            "failed": [{"photo": photo, "reason": reason} for photo, reason in self.failed],
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    def said(self, place: int) -> str:
        """The name of a query in words."""
        if self.names is None:
            return "no name"
        return NONE if self.names[place] is None else one_line(self.names[place], 60)

    def __str__(self) -> str:
        near = self.neighbors
        blocks = []
        for place, photo in enumerate(self.photos):
            rows = [("rank", near.metric, "label", "id")]
            for rank in range(near.distances.shape[1]):
                label = near.labels[place, rank]
                far = "" if near.within[place, rank] else "  beyond the threshold"
                rows.append(
                    (
                        str(rank + 1),
                        f"{near.distances[place, rank]:.4f}",
                        "" if label is None else one_line(label, 40),
                        one_line(near.ids[place, rank], 60) + far,
                    )
                )
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
            blocks.append("\n".join([f"{one_line(photo)}: {self.said(place)}", *(f"  {line}" for line in lines)]))
        searched = [f"Approximate: {self.index}."] if self.index else []
        return "\n\n".join([*blocks, *(line for line in (self.advice, self.undrawn) if line), *searched])
