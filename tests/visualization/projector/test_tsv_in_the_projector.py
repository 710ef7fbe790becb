"""Arbitrary strings through `write_tsv`, read back by the projector's own rules and by `read_tsv`."""

import tempfile

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from semihard.visualization import read_metadata, read_tsv, write_tsv
from semihard.visualization.projector.metadata import clean_label
from tests.oracles.tensorboard import parse_metadata, parse_tensors, stream_lines

ANY = st.text(st.characters(exclude_categories=()))
FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)


def in_the_file(label: str) -> str:
    return clean_label(label).encode("utf-8", "replace").decode()


@settings(deadline=None)
@given(
    hnp.arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(2, 4)), elements=FLOATS),
    st.lists(ANY, min_size=1, max_size=3, unique_by=in_the_file),
    st.data(),
)
@example(np.zeros((3, 2), np.float32), ["label"], None)
def test_round_trip(vectors, names, data):
    """Vectors bit by bit; each cell under its own column and beside its own vector, however strange it is."""
    hostile = ["\ufeff", "\r", "<script>alert(1)</script>"]
    cells = [
        hostile if data is None else data.draw(st.lists(ANY, min_size=len(vectors), max_size=len(vectors)))
        for _ in names
    ]
    columns = dict(zip(names, cells, strict=True))
    with tempfile.TemporaryDirectory() as directory:
        vecs, meta = write_tsv(vectors, columns, directory)
        shown_vectors, (shown_names, points) = parse_tensors(vecs.read_bytes()), parse_metadata(meta.read_bytes())
        ours = read_metadata(meta)
        found, labels = read_tsv(vecs, meta, column=None if len(names) == 1 else in_the_file(names[-1]))
    expected_names = [in_the_file(name) for name in names] if len(names) > 1 else ["label"]
    expected = [[in_the_file(cell) for cell in column] for column in cells]
    np.testing.assert_array_equal(np.array(shown_vectors, np.float32), vectors)
    np.testing.assert_array_equal(found, vectors)
    assert shown_names == expected_names
    assert [[point[name] for point in points] for name in expected_names] == expected
    assert ours == dict(zip(expected_names, expected, strict=True))
    assert labels.tolist() == expected[-1]


@given(st.lists(ANY, min_size=1, max_size=20), st.integers(1, 40))
@example(["aé"], 2)
def test_where_the_page_cuts_the_file_no_label_moves(labels, chunk):
    """The page decodes a megabyte at a time: a cut may spoil one character, never the number of labels.

    Example: of "aé\\n" the page sees "a" and the first half of "é", the second half and the line feed.
    """
    with tempfile.TemporaryDirectory() as directory:
        _, meta = write_tsv(np.zeros((len(labels), 1)), labels, directory)
        content = meta.read_bytes()
    assume(chunk < len(content))
    _, points = parse_metadata(content, chunk)
    whole = [in_the_file(label) for label in labels]
    assert len(points) == len(labels)
    for point, label in zip(points, whole, strict=True):
        if label.isascii():
            assert point["label"] == label


def test_what_the_rules_protect_from():
    """The oracle has the faults: without the last line feed a byte is lost, a blank label moves the others."""
    assert list(stream_lines(b"a\nb", 2)) == ["a"]
    assert list(stream_lines(b"a\nb\n", 2)) == ["a", "b"]
    assert [point["label"] for point in parse_metadata(b"a\n \nb\n")[1]] == ["a", "b"]
    assert parse_metadata(b"x\ty\n1\t2\n")[0] == ["x", "y"]
    with pytest.raises(AssertionError, match="for ever"):
        list(stream_lines(b"a"))
    with pytest.raises(AssertionError, match="do not match"):
        parse_tensors(b"1\t2\n3\n")
