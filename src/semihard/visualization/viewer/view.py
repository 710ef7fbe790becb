"""Everything that there is to see of some embeddings, computed and not yet written anywhere."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core import checks
from semihard._core.embeddings import checked_embeddings
from semihard.evaluation.search import nearest_neighbors
from semihard.visualization.maps.align import METHODS, lay_out
from semihard.visualization.viewer.columns import Column, make_columns
from semihard.visualization.viewer.flags import flag_columns
from semihard.visualization.viewer.images import read_images
from semihard.visualization.viewer.label_check import Neighbours, judge_neighbours
from semihard.visualization.viewer.sheets import Sheets, make_sheets

NEIGHBOURS = 15
# More samples than this are not searched or laid out by UMAP unless that is asked for: it would take many minutes.
SEARCH_LIMIT, UMAP_LIMIT = 100_000, 200_000

Progress = Callable[[str, int, int], object]


@dataclass(frozen=True)
class Frame:
    """The samples at one time of the training.

    Attributes:
        name: what the page calls it.
        maps: float32 [n, 2] within −1 to 1, one a method.
        neighbours: the exact neighbours in the embeddings' own space; None if they were not searched.
    """

    name: str
    maps: list[NDArray[np.float32]]
    neighbours: Neighbours | None


@dataclass(frozen=True)
class View:
    """What `make_view` found, for `write_page` and `write_parquet`.

    Attributes:
        title: of the page.
        dim: how many dimensions the embeddings have.
        columns: the metadata, and what may be wrong with each sample.
        label: which column holds the labels.
        methods: names of the ways to lay out the points.
        frames: the epochs that were given, and the embeddings.
        sheets: the pictures, or None.
        notes: what was left out, and why.
    """

    title: str
    dim: int
    columns: list[Column]
    label: int
    methods: list[str]
    frames: list[Frame]
    sheets: Sheets | None
    notes: list[str]

    def __len__(self) -> int:
        return len(self.columns[self.label].data)


def make_view(
    embeddings: Any,
    metadata: Any,
    *,
    label: str | None = None,
    images: Any = None,
    images_table: str | os.PathLike[str] | None = None,
    outside_images: bool = False,
    epochs: Mapping[str, Any] | None = None,
    methods: Sequence[str] | None = None,
    k: int | None = None,
    seed: int = 0,
    title: str = "Embeddings",
    progress: Progress | None = None,
) -> View:
    """Lay embeddings out in the plane, search their neighbours exactly, and say which labels look wrong.

    Where neighbours are searched the view has two columns more: "label check", as `semihard.evaluation.label_errors` of
    the last frame, and "near-duplicate", as `semihard.evaluation.duplicates`.

    Args:
        embeddings: real [n, dim], finite.
        metadata: labels [n], or a mapping from names to columns [n] of anything.
        label: the column with the labels; by default "label", or the only one.
        images: the picture of each sample: [n, height, width] or [n, height, width, 1, 3 or 4], uint8 or floats from 0
            to 1; or the path of a sprite sheet or a folder, as `read_images` takes it.
        images_table: the directory of the file that the metadata is from: names of pictures may count from there.
        outside_images: embed pictures outside of that folder too, which a column of names or a link may lead to. They
            are left out by default, since the page may be sent to others.
        epochs: name → embeddings [n, …] of the same samples at earlier times, in their order.
        methods: some of "umap", "tsne", "pca", the one to show first before the others. By default "umap", and "pca"
            for more than 200,000 samples.
        k: how many neighbours to search; 0 for none. By default 15, and 0 for more than 100,000 samples. The search
            compares each sample with each.
        seed: of UMAP and t-SNE.
        title: of the page.
        progress: called with (what is done, how much of it is, out of how much).

    Raises:
        TypeError, ValueError: embeddings that are not finite numbers [n, dim], lengths that differ, a wrong option.
        OSError: pictures that cannot be read.
        ImportError: a package for the pictures or the map is missing.

    Example:
        >>> view = make_view([[0.0], [1.0], [5.0], [6.0]], list("abbb"), methods=["pca"], k=2)
        >>> len(view), view.methods, view.frames[0].neighbours.ids[:, 0].tolist()
        (4, ['PCA'], [1, 0, 3, 2])
    """
    vectors = checked_embeddings("embeddings", embeddings)
    count = len(vectors)
    columns, chosen = make_columns(metadata, count, label)
    notes: list[str] = []
    names = _methods(methods, count, notes)
    k = _neighbour_count(k, count, notes)
    seed = checks.whole_number("seed", seed, 0)
    named = _frames(epochs, vectors)
    report = progress or (lambda *_: None)
    sheets = None
    if images is not None:
        said = len(notes)
        if isinstance(images, str | os.PathLike):
            table = metadata if isinstance(metadata, Mapping) else {}
            images = read_images(
                images,
                count,
                table,
                lambda done, all_: report("read pictures", done, all_),
                table=images_table,
                outside=outside_images,
                notes=notes,
            )
        sheets = None if images is None else make_sheets(images, count)
        if sheets is None and len(notes) == said:
            notes.append(f"Pictures are left out: the page cannot hold those of {count:,} samples.")
    codes = columns[chosen].data
    found = [_search(name, frame, k, codes, report) for name, frame in named.items()]
    bar = progress is not None and sys.stderr.isatty()
    maps = []
    for method in names:
        what = f"laid out by {METHODS[method]}"
        report(what, 0, len(named))
        each = lay_out(list(named.values()), method, seed, bar=bar, progress=lambda *at, what=what: report(what, *at))
        maps.append(each)
    last = found[-1]
    if last is not None:  # a column of that name that was given stays as it is
        taken = {column.name for column in columns}
        columns += [column for column in flag_columns(last, codes) if column.name not in taken]
    frames = [Frame(name, [of[place] for of in maps], found[place]) for place, name in enumerate(named)]
    return View(title, vectors.shape[1], columns, chosen, [METHODS[name] for name in names], frames, sheets, notes)


def _methods(methods: Sequence[str] | None, count: int, notes: list[str]) -> list[str]:
    if methods is not None:
        if isinstance(methods, str) or not methods:
            raise TypeError(f"Expected `methods` to be a list of {', '.join(METHODS)}. Received: {methods!r}.")
        return list(dict.fromkeys(checks.one_of("methods", method, METHODS) for method in methods))
    if count <= UMAP_LIMIT:
        return ["umap"]
    notes.append(f"The map is by PCA: UMAP of {count:,} samples would take very long. Ask for it with --method umap.")
    return ["pca"]


def _neighbour_count(k: int | None, count: int, notes: list[str]) -> int:
    if k is None and count > SEARCH_LIMIT:
        notes.append(
            f"Neighbours were not searched: comparing {count:,} samples with each other would take very long. "
            f"Ask for it with -k {NEIGHBOURS}."
        )
        return 0
    return min(NEIGHBOURS if k is None else checks.whole_number("k", k, 0), count - 1)


def _frames(epochs: Mapping[str, Any] | None, vectors: NDArray[Any]) -> dict[str, NDArray[Any]]:
    frames = {str(name): checked_embeddings(f"epochs[{name!r}]", frame) for name, frame in (epochs or {}).items()}
    for name, frame in frames.items():
        if len(frame) != len(vectors) or frame.shape[1] != vectors.shape[1]:
            raise ValueError(
                f"Expected the embeddings of {name} to be those of the same samples, {vectors.shape}. "
                f"Received: shape {frame.shape}."
            )
    # The last epoch is what was saved, but for rounding.
    if frames and np.allclose(list(frames.values())[-1], vectors, atol=1e-4):
        return frames
    return {**frames, "the end" if frames else "embeddings": vectors}


def _search(name: str, vectors: NDArray[Any], k: int, codes: NDArray[Any], report: Progress) -> Neighbours | None:
    if not k:
        return None
    distances, ids = nearest_neighbors(vectors, k=k, progress=lambda *at: report("searched", *at))
    return judge_neighbours(distances, ids, codes)
