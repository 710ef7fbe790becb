"""Which file holds each sample's picture, where a table names them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def named_files(
    folder: Path, values: Sequence[Any], *, table: Path | None = None, outside: bool = False
) -> list[Path | None]:
    """Return the file that each of `values` names, or None for one outside of `folder` unless `outside` allows that.

    Names may count from the folder, or lead to it: from the working directory, from the table's, or from the folder's
    parent ("photos/x.png" for a folder "photos"). All of them count from one place, that from which most are found.

    Args:
        folder: of the pictures.
        values: one name a sample: relative or absolute.
        table: the directory of the table that holds the names.
        outside: return files outside of the folder too.

    Raises:
        FileNotFoundError: a file is nowhere.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp(), "photos")
        >>> folder.mkdir()
        >>> _ = (folder / "x.png").write_bytes(b"")
        >>> [path and path.name for path in named_files(folder, ["photos/x.png", "../../private.png"])]
        ['x.png', None]
    """
    texts = [str(value) for value in values]
    # From within the folder only the folder itself counts: "x.png" is not one of a working directory below it.
    leading = [base for base in (Path.cwd(), table, folder.absolute().parent) if base and not is_within(base, folder)]
    bases = list(dict.fromkeys([*(base.absolute() for base in leading), folder.absolute()]))
    tried = [[Path(os.path.normpath(base / text)) for text in texts] for base in bases]
    here = [[is_within(path, folder) and path.is_file() for path in paths] for paths in tried]
    counts = [sum(found) for found in here]
    chosen = counts.index(max(counts)) if any(counts) else len(bases) - 1
    files: list[Path | None] = []
    for i, text in enumerate(texts):
        if here[chosen][i]:
            files.append(tried[chosen][i])
            continue
        ways = list(dict.fromkeys(paths[i] for paths in tried))
        elsewhere = [path for path in ways if not is_within(path, folder) and path.is_file()]
        if elsewhere or (not outside and not is_within(tried[chosen][i], folder)):
            files.append(elsewhere[0] if outside else None)
            continue
        raise FileNotFoundError(
            f"Expected the picture of sample {i}, {text!r}. Nothing is at {', '.join(map(str, ways))}. "
            f"Name files as they are called in {folder}, or from where the command runs."
        )
    return files


def is_within(path: Path, folder: Path) -> bool:
    """Return whether a path, all links of it followed, leads to `folder` or into it."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
