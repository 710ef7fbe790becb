"""The file of a Lance gallery's header, which is there whole or not at all."""

import json
from pathlib import Path

from semihard._core.files import whole_file
from semihard._core.runs.sealed import Damaged, read_sealed, sealed
from semihard.gallery._header import Header

HEADER, FORMAT, VERSION = "gallery.json", "semihard lance gallery", 1


def write_header(path: Path, header: Header) -> None:
    """Write the file of the header, whole or not at all."""
    with whole_file(path / HEADER) as handle:
        json.dump(sealed({"format": FORMAT, "version": VERSION, **header.to_dict()}), handle, indent=2)


def read_header(directory: Path) -> Header:
    """Read what `write_header` wrote; raise `ValueError` if it is not as it was written."""
    try:
        return Header.of(read_sealed(directory / HEADER, FORMAT, VERSION))
    except Damaged as error:
        raise ValueError(f"Expected {error.file} as it was written. Received: {error.received}. Restore it.") from error
