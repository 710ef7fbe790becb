"""What the page holds: a small JSON object, and arrays that its program reads as they are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.visualization.viewer.columns import Column
from semihard.visualization.viewer.view import View

# Rows of the page's lists.
_SUSPICIOUS, _CONFUSED = 1000, 200


def page_json(view: View) -> dict[str, Any]:
    """Return all of `view` that is not an array.

    Example:
        >>> from semihard.visualization import make_view
        >>> page = page_json(make_view([[0.0], [1.0], [3.0]], ["a", "b", "b"], methods=["pca"], k=1))
        >>> page["columns"][0], page["frames"][0]["scored"], page["frames"][0]["suspicious"]
        ({'name': 'label', 'kind': 'text', 'values': ['a', 'b']}, 2, [[1, 1, 1, 0]])
    """
    first = view.frames[0].neighbours
    sheets = view.sheets
    return {
        "title": view.title,
        "count": len(view),
        "dim": view.dim,
        "k": first.ids.shape[1] if first else 0,
        "label": view.label,
        "methods": view.methods,
        "notes": view.notes,
        "columns": [{"name": column.name, "kind": _kind(column), "values": column.values} for column in view.columns],
        "frames": [
            {"name": frame.name}
            if frame.neighbours is None
            else {
                "name": frame.name,
                "scored": int(np.count_nonzero(frame.neighbours.state < 2)),
                "suspicious": frame.neighbours.suspicious[:_SUSPICIOUS].tolist(),
                "confused": frame.neighbours.confused[:_CONFUSED].tolist(),
                "near": frame.neighbours.near,
            }
            for frame in view.frames
        ],
        "pictures": sheets
        and {"width": sheets.width, "height": sheets.height, "perSheet": sheets.per_sheet, "sheets": len(sheets.pngs)},
    }


def page_arrays(view: View) -> dict[str, NDArray[Any]]:
    """Return the arrays of `view` under the names that the page knows them by."""
    arrays: dict[str, NDArray[Any]] = {}
    for i, column in enumerate(view.columns):
        arrays[f"column-{i}"] = column.data if column.values is None else _narrow(column.data)
    for i, frame in enumerate(view.frames):
        for j, points in enumerate(frame.maps):
            arrays[f"map-{i}-{j}"] = points
        if frame.neighbours is not None:
            arrays[f"ids-{i}"] = _narrow(frame.neighbours.ids)
            arrays[f"distances-{i}"] = frame.neighbours.distances
            arrays[f"state-{i}"] = frame.neighbours.state
    return arrays


def _kind(column: Column) -> str:
    return "flag" if column.flag else "number" if column.values is None else "text"


def _narrow(codes: NDArray[Any]) -> NDArray[Any]:
    return codes.astype(np.uint16) if codes.max() < 2**16 else codes.astype(np.int32)
