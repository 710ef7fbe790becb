"""vecs.tsv and meta.tsv: the exact bytes, what the projector reads back, hostile labels, clear errors."""

import csv
import tempfile
import tracemalloc
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from semihard.visualization import write_tsv
from semihard.visualization.projector import tsv
from tests.oracles.tensorboard import parse_metadata


def names(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir())


def test_exact_bytes(tmp_path):
    """%.9g of 1/3 in float32 (0.33333334326...) is 0.333333343; of 1e-10, 1e-10; of 0, 0."""
    vectors = np.array([[1 / 3, -2.0], [1e-10, 0.0]], np.float32)
    paths = write_tsv(vectors, ["a", "b c"], tmp_path)
    assert paths == (tmp_path / "vecs.tsv", tmp_path / "meta.tsv")
    assert paths[0].read_bytes() == b"0.333333343\t-2\n1.00000001e-10\t0\n"
    assert paths[1].read_bytes() == b"a\nb c\n"
    assert names(tmp_path) == ["meta.tsv", "vecs.tsv"]


@pytest.mark.parametrize("shape", [(1, 1), (1000, 3), (300, 1000), (2, 70000)])
def test_float32_comes_back_exactly(tmp_path, shape):
    """Shapes on both sides of a block, and a single row longer than a block."""
    bits = np.random.default_rng(0).integers(0, 2**32, size=shape, dtype=np.uint32)
    vectors = bits.view(np.float32)
    vectors = np.where(np.isfinite(vectors), vectors, 0)
    vecs, _ = write_tsv(vectors, np.arange(shape[0]), tmp_path)
    back = np.loadtxt(vecs, np.float32, delimiter="\t", comments=None, ndmin=2)
    np.testing.assert_array_equal(back, vectors)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.uint8, bool, ml_dtypes.bfloat16])
def test_every_real_dtype(tmp_path, dtype):
    vecs, _ = write_tsv(np.array([[0, 1], [1, 1]]).astype(dtype), [0, 1], tmp_path)
    assert vecs.read_text() == "0\t1\n1\t1\n"


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ([7, 2], "7\n2\n"),
        (np.array([7, 2], np.uint8), "7\n2\n"),
        (np.array([[7], [2]]), "7\n2\n"),
        (np.array(["x", "y"]), "x\ny\n"),
        ([b"caf\xc3\xa9", None], "café\n(blank)\n"),
        ([1, "one"], "1\none\n"),
        (("", " \t "), "(blank)\n(blank)\n"),
        (["a\tb\r\nc\rd\ne", "\u2028\x85x\v\f"], "a b c d e\n  x  \n"),
        (["\ufeff", "<script>alert(1)</script>"], "(blank)\n<script>alert(1)</script>\n"),
        (["\ud800", '"quoted"'], '?\n"quoted"\n'),
    ],
)
def test_labels(tmp_path, labels, text):
    _, meta = write_tsv(np.eye(2), labels, tmp_path)
    assert meta.read_bytes() == text.encode()


@given(st.lists(st.text(st.characters(exclude_categories=())), min_size=1, max_size=20))
@example(["\ufeff", "\r", "\x1c", "\x85", "\u2028", "\u00a0", "\ufeffa"])
def test_any_strings_keep_their_place(labels):
    """Every reader finds n labels, in order, each with all its characters that are neither space nor separator.

    Three readers: the projector's rules, Python's splitlines (eleven line ends), csv without quoting.
    """
    with tempfile.TemporaryDirectory() as directory:
        _, meta = write_tsv(np.zeros((len(labels), 1)), labels, directory)
        projector = [[point["label"]] for point in parse_metadata(meta.read_bytes())[1]]
        text = meta.read_bytes().decode("utf-8")
    csv_rows = list(csv.reader(text.splitlines(keepends=True), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert text.endswith("\n")
    assert [[line] for line in text.splitlines()] == projector == csv_rows
    assert len(projector) == len(labels)

    def ink(label: str) -> str:
        label = label.encode("utf-8", "replace").decode()
        return "".join(c for c in label if not c.isspace() and c != "\ufeff")

    for label, (cell,) in zip(labels, projector, strict=True):
        assert ink(cell) == (ink(label) or "(blank)")


@pytest.mark.parametrize(
    ("vectors", "labels", "error", "match"),
    [
        (np.zeros(3), [1, 2, 3], ValueError, r"\[n, dim\].*Received: shape \(3,\)"),
        (np.zeros((0, 3)), [], ValueError, r"at least one row.*\(0, 3\)"),
        (np.zeros((2, 0)), [1, 2], ValueError, r"at least one row.*\(2, 0\)"),
        (np.eye(2), [1, 2, 3], ValueError, "so 2. Received: 3 labels"),
        (np.eye(2), np.zeros((2, 2)), ValueError, r"\[n, 1\]. Received: shape \(2, 2\)"),
        (np.eye(2), "ab", TypeError, "Received: one string, 'ab'"),
        (np.eye(2) * 1j, [1, 2], TypeError, "real numbers. Received: dtype complex128"),
        (np.array([["a", "b"]]), [1], TypeError, "real numbers. Received: dtype <U1"),
        (np.array([[1.0], [np.nan]]), [1, 2], ValueError, "finite numbers. Received: NaN, infinity.*row 1"),
        (np.array([[np.inf]]), [1], ValueError, "in row 0"),
    ],
)
def test_errors_leave_no_file(tmp_path, vectors, labels, error, match):
    with pytest.raises(error, match=match):
        write_tsv(vectors, labels, tmp_path)
    assert names(tmp_path) == []


def test_a_late_bad_row_leaves_the_old_pair(tmp_path):
    """Row 150,000 lies in the third block; the old files must stay, as a pair."""
    write_tsv(np.ones((1, 1)), ["old"], tmp_path)
    vectors = np.zeros((200_000, 1), np.float32)
    vectors[150_000] = np.nan
    with pytest.raises(ValueError, match="in row 150000"):
        write_tsv(vectors, np.zeros(200_000, int), tmp_path)
    assert (tmp_path / "vecs.tsv").read_text() == "1\n"
    assert (tmp_path / "meta.tsv").read_text() == "old\n"
    assert names(tmp_path) == ["meta.tsv", "vecs.tsv"]


def test_a_label_that_cannot_be_written_leaves_the_old_pair(tmp_path):
    class Broken:
        def __str__(self):
            raise KeyboardInterrupt

    write_tsv(np.ones((1, 1)), ["old"], tmp_path)
    with pytest.raises(KeyboardInterrupt):
        write_tsv(np.zeros((2, 1)), ["new", Broken()], tmp_path)
    assert (tmp_path / "vecs.tsv").read_text() == "1\n"
    assert (tmp_path / "meta.tsv").read_text() == "old\n"


def test_memory_does_not_grow_with_the_rows(tmp_path, monkeypatch):
    """With blocks of 4,096 values (0.4 MB as Python floats and text), a copy of these 1.6 MB would show."""
    monkeypatch.setattr(tsv, "_BLOCK", 4096)
    vectors = np.zeros((100_000, 4), np.float32)
    labels = np.zeros(100_000, np.uint8)
    tracemalloc.start()
    write_tsv(vectors, labels, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6
