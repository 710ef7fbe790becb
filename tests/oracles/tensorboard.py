"""How TensorBoard's projector reads TSV files, written again in Python from its source, with its faults.

Source: TensorBoard 2.21, plugins/projector/vz_projector/data-provider.ts: streamParse, parseTensors, parseMetadata.
"""

import math
import re
from collections.abc import Iterator

# What JavaScript's String.trim() removes: white space and line ends of ECMA-262.
JS_WHITESPACE = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
JS_WHITESPACE += "\u202f\u205f\u3000\ufeff"


def stream_lines(content: bytes, chunk: int = 1_000_000) -> Iterator[str]:
    """Lines as streamParse gives them: it decodes chunks apart, drops a byte order mark of each, and has no last look.

    It stops once it has seen all bytes but the last, which it takes for the line feed at the end.
    """
    offset, kept = 0, ""
    while True:
        # FileReader.readAsText decodes as UTF-8, faults as U+FFFD, and swallows a byte order mark.
        text = content[offset : offset + chunk].decode("utf-8", "replace").removeprefix("\ufeff")
        offset += chunk
        first, *others = (kept + text).split("\n")
        if "\n" not in text:
            assert offset < len(content) + chunk, "the browser would read on for ever"
            kept = first
            continue
        yield first
        yield from others[:-1]
        kept = others[-1]
        if offset >= len(content) - 1:
            if kept:
                yield kept
            return


def is_number(text: str) -> bool:
    """Whether JavaScript's isNaN(text) is false."""
    text = text.strip(JS_WHITESPACE)
    decimal = re.fullmatch(r"[+-]?(Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)", text, re.ASCII)
    other = re.fullmatch(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+", text)
    return not text or bool(decimal) or bool(other)


def parse_tensors(content: bytes) -> list[list[float]]:
    """Vectors as the page holds them, before it rounds them to float32; a label before a vector is not expected."""
    vectors: list[list[float]] = []
    for line in stream_lines(content):
        line = line.strip(JS_WHITESPACE)
        if not line:
            continue
        row = line.split("\t")
        assert is_number(row[0]), "the first cell would be taken for a label"
        assert all(map(is_number, row))
        vectors.append([float(cell) for cell in row])
        assert len(row) == len(vectors[0]), "the page stops: vector dimensions do not match"
        assert len(row) > 1, "the page stops: a vector with only one dimension"
    assert all(math.isfinite(value) for vector in vectors for value in vector)
    return vectors


def parse_metadata(content: bytes, chunk: int = 1_000_000) -> tuple[list[str], list[dict[str, str | None]]]:
    """Column names and the cells of each point."""
    names, points = ["label"], []
    lines = (line for line in stream_lines(content, chunk) if line.strip(JS_WHITESPACE))
    for number, line in enumerate(lines):
        if number == 0 and "\t" in line:
            names = line.split("\t")
            continue
        cells: list[str | None] = [*line.split("\t"), *[None] * len(names)]  # JavaScript: undefined
        points.append({name: cell or None for name, cell in zip(names, cells, strict=False)})
    return names, points
