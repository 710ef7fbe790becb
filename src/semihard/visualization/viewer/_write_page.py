"""The page: one HTML file with data and program in it, that opens from a disk without a network."""

import base64
import html
import json
import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from semihard._core.files import whole_file
from semihard.visualization.viewer.page_data import page_arrays, page_json
from semihard.visualization.viewer.view import View

_TITLE, _DATA = "<!-- semihard:title -->", "<!-- semihard:data -->"
# Bytes that become text at a time; a multiple of three, so that the pieces join.
_BLOCK = 3 * 2**20


def write_page(view: View, path: str | os.PathLike[str]) -> Path:
    """Write `view` as one HTML page, whole or not at all; it needs no network and forbids itself to use any.

    Args:
        view: as `make_view` returns it.
        path: of the page.

    Returns:
        `path`.

    Raises:
        OSError: the directory is missing or not writable, or the disk is full.

    Example:
        >>> import tempfile
        >>> from semihard.visualization import make_view
        >>> view = make_view([[0.0], [1.0], [3.0]], ["</script>", "b", "b"], methods=["pca"])
        >>> page = write_page(view, Path(tempfile.mkdtemp()) / "view.html")
        >>> "</script>b" in page.read_text()
        False
    """
    template = resources.files("semihard.visualization.viewer").joinpath("page/view.html").read_text(encoding="utf-8")
    head, _, rest = template.partition(_TITLE)
    middle, _, tail = rest.partition(_DATA)
    with whole_file(path) as handle:
        handle.write(f"{head}<title>{html.escape(view.title)}</title>{middle}")
        handle.write(f'<script type="application/json" id="page">{as_json(page_json(view))}</script>\n')
        for name, array in page_arrays(view).items():
            handle.write(f'<script type="text/plain" id="data:{name}" data-dtype="{array.dtype}">')
            handle.writelines(_base64(_little_endian(array)))
            handle.write("</script>\n")
        for i, sheet in enumerate(view.sheets.pngs if view.sheets else []):
            handle.write(f'<script type="text/plain" id="data:sheet-{i}">')
            handle.writelines(_base64(sheet))
            handle.write("</script>\n")
        handle.write(tail)
    return Path(path)


def as_json(value: Any) -> str:
    r"""Return `value` as JSON that cannot end the element it stands in, whatever its strings hold.

    ASCII only: line separators and lone surrogates of Unicode are escaped too.

    Example:
        >>> as_json("</script>&\u2028")
        '"\\u003c/script\\u003e\\u0026\\u2028"'
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _little_endian(array: NDArray[Any]) -> bytes:
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def _base64(data: bytes) -> Iterator[str]:
    for first in range(0, len(data), _BLOCK):
        yield base64.b64encode(data[first : first + _BLOCK]).decode("ascii")
