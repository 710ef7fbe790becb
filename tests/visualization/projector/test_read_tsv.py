"""Reading back what was written, and files of others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from semihard.visualization import read_tsv, write_tsv
from semihard.visualization.projector.metadata import clean_label


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 5), st.integers(1, 4)),
        elements=st.floats(allow_nan=False, allow_infinity=False, width=32),
    ),
    st.data(),
)
def test_what_was_written_comes_back(tmp_path_factory, vectors, data):
    labels = data.draw(st.lists(st.text(), min_size=len(vectors), max_size=len(vectors)))
    paths = write_tsv(vectors, labels, tmp_path_factory.mktemp("tsv"))
    found, names = read_tsv(*paths)
    np.testing.assert_array_equal(found, vectors)
    assert names.tolist() == [clean_label(label).encode("utf-8", "replace").decode() for label in labels]


def test_labels_that_differ_in_a_nul_stay_apart(tmp_path):
    labels = ["a", "a\0"]
    assert read_tsv(*write_tsv(np.eye(2), labels, tmp_path))[1].tolist() == labels


def files(folder, vectors, metadata):
    (folder / "v.tsv").write_bytes(vectors)
    (folder / "m.tsv").write_bytes(metadata)
    return folder / "v.tsv", folder / "m.tsv"


def test_columns_and_windows_line_ends(tmp_path):
    paths = files(tmp_path, b"1\t2\r\n3\t4\r\n", b"name\tlabel\r\nx\t7\r\ny\t8\r\n")
    vectors, labels = read_tsv(*paths)
    assert (vectors.tolist(), labels.tolist()) == ([[1, 2], [3, 4]], ["7", "8"])
    assert read_tsv(*paths, column="name")[1].tolist() == ["x", "y"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_mark_makes_no_class_of_its_own(tmp_path, encoding, end):
    """The first label with a byte order mark before it is that of the others, and the first number is one."""
    found = read_tsv(*files(tmp_path, end.join("123").encode(encoding), end.join("käk").encode(encoding)))
    assert (found[0].tolist(), found[1].tolist()) == ([[1], [2], [3]], ["k", "ä", "k"])


@pytest.mark.parametrize(
    ("vectors", "metadata", "message"),
    [
        (b"1\t2\n3\n", b"a\nb\n", "numbers separated by tabs.*Line 2 has 1, those before it 2"),
        (b"1\tx\n", b"a\n", "numbers separated by tabs.*Line 1 holds 'x' in column 2.*no header"),
        (b"1\n\n1,5\n", b"a\nb\n", "Line 3 holds '1,5' in column 1.*decimal point"),
        (b"", b"a\n", "Expected embeddings in .*empty file"),
        (b"1\n\xe9\n", b"a\nb\n", "v.tsv.*line 2.*iconv"),
        (b"1\n", b"k\xe4fer\n", "m.tsv.*line 1.*'käfer'"),
        (b"1\n2\n3\n", b"a\n\nb\n", "m.tsv. Line 2 is empty"),
        (b"1\n", b"x\tlabel\n1\t \n", "Line 2 has none.*with its embedding"),
        (b"1\n", b"label\tlabel\n1\t2\n", "'label' more than once"),
        (b"1\n2\n", b"a\n", "2 embeddings.*1 labels"),
        (b"1\n", b"", "empty file"),
        (b"1\n", b"x\ty\n1\t2\n", "column 'label'.*x, y"),
        (b"1\n", b"x\tlabel\n1\n", "Line 2 has 1"),
    ],
)
def test_broken_files_raise(tmp_path, vectors, metadata, message):
    with pytest.raises(ValueError, match=message):
        read_tsv(*files(tmp_path, vectors, metadata))
