"""Tables of users: every encoding and line end that can be told, and each fault by file and line."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semihard._core.tables import own_names, rows_of_csv, rows_of_tsv
from semihard._core.text import open_text

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]  # Python writes the mark of the last two
BIG_ENDIAN = [("utf-16-be", b"\xfe\xff"), ("utf-32-be", b"\x00\x00\xfe\xff")]
# A mark within is refused, NUL is no text, and lone surrogates have no bytes.
CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufeff"))
TSV_CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufeff\t\n\r"))


def written(content: bytes, name="table.csv") -> Path:
    path = Path(tempfile.mkdtemp()) / name
    path.write_bytes(content)
    return path


@settings(deadline=None)
@given(
    st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=6)),
    st.sampled_from(ENCODINGS),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(",;\t"),
)
@example([['a"b', "c\r\nd"], ["\te", "'"]], "utf-16", "\r", ",")
def test_what_a_csv_writer_wrote_comes_back(rows, encoding, end, delimiter):
    """Python's own writer: any cell at all, quotes, tabs and line ends within included."""
    text = io.StringIO()
    csv.writer(text, lineterminator=end, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    path = written(text.getvalue().encode(encoding))
    assert [row for _, row in rows_of_csv(path, delimiter)] == rows


@settings(deadline=None)
@given(
    st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(TSV_CELL, min_size=n, max_size=n), min_size=1, max_size=6)),
    st.sampled_from(ENCODINGS),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
@example([['"a', "b\x85\u2028"], ["", ""]], "utf-16", "\r\n", False)
def test_what_was_joined_by_tabs_comes_back(rows, encoding, end, last):
    """Quotes are letters, and so is what only Unicode takes for a line end."""
    text = end.join("\t".join(row) for row in rows) + (end if last else "")
    assert [row for _, row in rows_of_tsv(written(text.encode(encoding)))] == rows


@pytest.mark.parametrize(("encoding", "mark"), BIG_ENDIAN)
def test_big_endian(encoding, mark):
    path = written(mark + "label\tfile\näß\ta.png\n".encode(encoding))
    assert list(rows_of_tsv(path)) == [(1, ["label", "file"]), (2, ["äß", "a.png"])]


@pytest.mark.parametrize("rows_of", [rows_of_csv, rows_of_tsv])
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_other_encodings_are_refused_by_name_line_and_way_out(rows_of, encoding):
    path = written("label\r\nmouse\r\nkäfer\r\n".encode(encoding))
    with pytest.raises(ValueError, match=r"UTF-8.*line 3.*0xE4.*'käfer'.*iconv -f WINDOWS-1252 -t UTF-8") as error:
        list(rows_of(path))
    assert str(path) in str(error.value)


def test_the_line_is_right_beyond_what_is_decoded_at_once():
    path = written(b"abc\r\n" * 100_000 + b"caf\xe9\r\n")
    with pytest.raises(ValueError, match=r"line 100001.*'café'"):
        list(rows_of_tsv(path))


@pytest.mark.parametrize("rows_of", [rows_of_csv, rows_of_tsv])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\n\xef\xbb\xbfb\n", "Line 2 begins with one"),
        (b"a\n\nb\n", "Line 2 is empty"),
        (b"\n\na\n", "first row.*Line 1 is empty"),
        ("a\nb\n".encode("utf-16-le"), "NUL"),
        (b"\x89PNG\r\n\0\0", "no text"),
        (b"\xff\xfea\n\xd8\xd8\n", "UTF-16, as its first bytes say"),
    ],
)
def test_faults_of_every_table(rows_of, content, message):
    path = written(content)
    with pytest.raises(ValueError, match=message) as error:
        list(rows_of(path))
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\nx,cat, black\n", r"2 columns.*Line 2 has 3.*double quotes"),
        (b"a,b\n1,2\n3\n", "Line 3 has 1"),
        (b'a,b\n"1,2\n3,4\n', "end of data.*Close each double quote"),
        (b'a,b\n"1"x,2\n', "Line 2.*Close each double quote"),
        (b"a,b\n1,\0\n", "Line 2 holds a NUL"),
        (b"a\n" + b"x" * 200_000, "Line 2.*field limit"),
    ],
)
def test_faults_of_a_csv(content, message):
    with pytest.raises(ValueError, match=message):
        list(rows_of_csv(written(content)))


def test_a_quoted_tab_is_two_cells_of_a_tsv_and_says_so():
    with pytest.raises(ValueError, match=r"Line 2 has 3.*quotes do not hold a tab"):
        list(rows_of_tsv(written(b'a\tb\n"x\ty"\tz\n')))


@pytest.mark.parametrize("rows_of", [rows_of_csv, rows_of_tsv])
def test_empty_lines(rows_of):
    """At the end they are nothing, and between rows of two cells neither: Windows' "\\r\\r\\n" makes one after each."""
    assert list(rows_of(written(b"a\nb\n\n\r\n"))) == [(1, ["a"]), (2, ["b"])]
    assert list(rows_of(written(b"\n\n"))) == []
    delimiter = b"," if rows_of is rows_of_csv else b"\t"
    path = written(b"a|b\r\r\nc|d\r\r\n".replace(b"|", delimiter))
    assert [row for _, row in rows_of(path)] == [["a", "b"], ["c", "d"]]


def test_a_mark_and_nothing_else_is_an_empty_file():
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b""):
        assert list(rows_of_tsv(written(mark))) == list(rows_of_csv(written(mark))) == []


def test_names_of_columns():
    assert own_names(["", "a"], "t") == ["", "a"]  # pandas names its index so
    with pytest.raises(ValueError, match=r"t\.csv.*'a', '' more than once"):
        own_names(["a", "", "b", "a", "", "a"], "t.csv")


def test_line_ends_can_be_kept():
    with open_text(written(b"a\r\nb\rc\n"), newline="") as file:
        assert file.read() == "a\r\nb\rc\n"
