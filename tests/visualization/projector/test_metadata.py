"""Tables of several columns: every kind of table, names, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from semihard.visualization import read_metadata, write_tsv

RECORDS = np.array([(7, "a"), (2, "b")], dtype=[("label", int), ("file", "U9")])


@pytest.mark.parametrize(
    "table",
    [
        {"label": [7, 2], "file": ["a", "b"]},
        {"label": np.array([[7], [2]], np.uint8), "file": np.array(["a", "b"])},
        RECORDS,
        pd.DataFrame(RECORDS),
        pd.DataFrame(RECORDS, index=[5, 3]),
    ],
    ids=["lists", "arrays", "records", "frame", "frame with an index"],
)
def test_every_kind_of_table(tmp_path, table):
    _, meta = write_tsv(np.eye(2), table, tmp_path)
    assert meta.read_bytes() == b"label\tfile\n7\ta\n2\tb\n"
    assert read_metadata(meta) == {"label": ["7", "2"], "file": ["a", "b"]}


@pytest.mark.parametrize(
    "table", [{"name": [7, 2]}, RECORDS[["label"]], pd.DataFrame({"x": [7, 2]}), pd.Series([7, 2])]
)
def test_one_column_has_no_header(tmp_path, table):
    assert write_tsv(np.eye(2), table, tmp_path)[1].read_bytes() == b"7\n2\n"


def test_a_row_of_blank_cells_is_no_blank_line(tmp_path):
    """The projector would skip a line of tabs alone, and names are cells as well."""
    _, meta = write_tsv(np.eye(2), {"a\tb": ["", None], "": ["\n", "x\ty"]}, tmp_path)
    assert meta.read_text() == "a b\t(blank)\n(blank)\t(blank)\n(blank)\tx y\n"


@pytest.mark.parametrize(
    ("table", "error", "match"),
    [
        ({}, ValueError, "at least one column"),
        ({"a": [1, 2], "b": [1]}, ValueError, r"so 2. Received: 1 labels in `metadata\['b'\]`"),
        ({"a": "xy"}, TypeError, "one string, 'xy'"),
        ({"a": np.zeros((2, 2))}, ValueError, r"\[n, 1\]. Received: shape \(2, 2\)"),
        ({"a\t": [1, 2], "a ": [1, 2]}, ValueError, "names of their own"),
        ({"?": [1, 2], "\ud800": [1, 2]}, ValueError, "names of their own"),
    ],
)
def test_errors_leave_no_file(tmp_path, table, error, match):
    with pytest.raises(error, match=match):
        write_tsv(np.eye(2), table, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_broken_files_raise(tmp_path):
    for content, message in (
        (b"", "empty file"),
        (b"a\tb\n1\n", "Line 2 has 1"),
        (b"a\nb\tc\n", "Line 2 has 2"),
        (b"a\tb\ta\n1\t2\t3\n", "'a' more than once"),
        (b"a\n\nb\n", "Line 2 is empty"),
    ):
        (tmp_path / "meta.tsv").write_bytes(content)
        with pytest.raises(ValueError, match=message):
            read_metadata(tmp_path / "meta.tsv")
