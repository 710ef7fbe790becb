"""Text files of users: any Unicode encoding that says which it is, any line ends; others are refused by name."""

import codecs
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

# Byte order marks; that of UTF-32 begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@contextmanager
def open_text(path: str | os.PathLike[str], newline: str | None = None) -> Iterator[IO[str]]:
    r"""Open a text file: UTF-8, or UTF-8, UTF-16 or UTF-32 with a byte order mark, which is left out.

    Args:
        path: of the file.
        newline: None to read each of "\n", "\r\n" and "\r" as "\n", "" to leave them as they are; each ends a line.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is in another encoding; names the file, the line, and a way to convert it.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels.txt"
        >>> _ = path.write_bytes("käfer\r\n".encode("utf-16"))
        >>> with open_text(path) as file:
        ...     file.read()
        'käfer\n'
    """
    with Path(path).open("rb") as file:
        start = file.read(4)
    encoding = next((name for mark, name in _MARKS.items() if start.startswith(mark)), "utf-8-sig")
    try:
        with Path(path).open(encoding=encoding, newline=newline) as text:
            yield text
    except UnicodeDecodeError as error:
        raise _wrong_encoding(Path(path), encoding) from error


def _wrong_encoding(path: Path, encoding: str) -> ValueError:
    data = path.read_bytes()
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        before, rest = data[: error.start], data[error.start :]
    if encoding != "utf-8-sig":
        return ValueError(
            f"Expected {path} to be text in {encoding.upper()}, as its first bytes say. Received: bytes that are not. "
            "Save it again as UTF-8."
        )
    number = len(re.findall(rb"\r\n|\r|\n", before)) + 1
    if b"\0" in data:
        return ValueError(
            f"Expected {path} to be text in UTF-8. Received: bytes that are no text, or UTF-16 "
            "without a byte order mark. Check the path, or save it as UTF-8."
        )
    line = re.split(rb"[\r\n]", before)[-1] + re.split(rb"[\r\n]", rest)[0]
    shown = line.decode("cp1252", "replace")[:40]
    return ValueError(
        f"Expected {path} to be text in UTF-8. Received: line {number} holds the byte 0x{rest[0]:02X}; in Windows-1252 "
        f"or Latin-1 that line reads {shown!r}. Save the file as UTF-8, or run: "
        f"iconv -f WINDOWS-1252 -t UTF-8 {shlex.quote(str(path))} > NEW"
    )


def one_line(label: Any, width: int | None = None) -> str:
    """Return a label as text for a picture: what cannot be printed becomes a space, and beyond `width` an ellipsis.

    A line end would break the layout, a control character the XML of an SVG file.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in str(label)).split())
    return text if width is None or len(text) <= width else text[: width - 1] + "…"
