"""Tensor files: their bytes, and what TensorBoard's own functions read from them."""

import tempfile
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from semihard.visualization import write_tensor
from semihard.visualization.projector import tensor


def as_tensorboard_reads(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """As `_serve_tensor`: text first, and bytes where it cannot be decoded."""
    plugin = pytest.importorskip("tensorboard.plugins.projector.projector_plugin")
    try:
        return plugin._read_tensor_tsv_file(str(path))
    except UnicodeDecodeError:
        return plugin._read_tensor_binary_file(str(path), shape)


@settings(deadline=None)
@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(2, 6), st.integers(2, 6)),
        # Bytes that are letters, tabs and line feeds, and any others.
        elements=st.one_of(
            st.floats(allow_nan=False, allow_infinity=False, width=32),
            st.sampled_from(
                [0.0, 0.5, 2.0, *np.array([0x0A0A0A0A, 0x41090A0D, 0x0D314141], np.uint32).view(np.float32)]
            ),
        ),
    )
)
@example(np.zeros((2, 2), np.float32))
@example(np.full((3, 2), 0.5, np.float32))
@example(np.array([[0.5, 0.5], np.array([0x3F00000A, 0x3F8000FF], np.uint32).view(np.float32)]))
def test_tensorboard_reads_any_floats(vectors):
    with tempfile.TemporaryDirectory() as directory:
        written = write_tensor(vectors, Path(directory) / "vecs.bytes")
        found = as_tensorboard_reads(*written)
    np.testing.assert_array_equal(found.reshape(vectors.shape), vectors)


def test_bytes_unless_they_are_text(tmp_path):
    """0.5 is 00 00 00 3f, four characters; 1 is 00 00 80 3f, and no UTF-8 character begins with 80."""
    path, shape = write_tensor([[1, 2], [3, 4], [5, 6]], tmp_path / "a.bytes")
    assert (path, shape) == (tmp_path / "a.bytes", (3, 2))
    assert path.read_bytes() == np.arange(1, 7, dtype="<f4").tobytes()
    assert write_tensor(np.full((2, 2), 0.5), tmp_path / "b.bytes").path.read_text() == "0.5\t0.5\n" * 2
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.bytes", "b.bytes"]


@pytest.mark.parametrize("line", [b"\n\n\x80", b"ab\xff\n", b"\xe2\n"])
def test_a_first_line_that_is_no_text(tmp_path, line):
    (tmp_path / "x").write_bytes(line)
    assert not tensor._reads_as_text(tmp_path / "x")


@pytest.mark.parametrize("line", [b"\n\n", b"ab\n\xff", "\nü".encode()])
def test_a_first_line_that_is_text(tmp_path, line):
    """TensorBoard with TensorFlow would look at "ab" for a number before it comes to the byte that is no text."""
    (tmp_path / "x").write_bytes(line)
    assert tensor._reads_as_text(tmp_path / "x")


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int8, bool, ml_dtypes.bfloat16])
def test_every_real_dtype(tmp_path, dtype):
    path, _ = write_tensor(np.array([[0, 1], [1, 1]]).astype(dtype), tmp_path / "a.bytes")
    assert np.fromfile(path, "<f4").tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("vectors", "error", "match"),
    [
        (np.zeros((1, 3)), ValueError, r"two rows and columns or more. Received: shape \(1, 3\)"),
        (np.zeros((3, 1)), ValueError, "two rows"),
        (np.zeros(3), ValueError, r"\[n, dim\]"),
        (np.eye(2) * 1j, TypeError, "real numbers"),
        ([[1, 2], [np.inf, 1]], ValueError, "in row 1"),
        (np.full((2, 2), 1e300), ValueError, "in row 0"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_errors_leave_no_file(tmp_path, vectors, error, match):
    with pytest.raises(error, match=match):
        write_tensor(vectors, tmp_path / "a.bytes")
    assert list(tmp_path.iterdir()) == []


def test_a_late_bad_row_in_another_block(tmp_path, monkeypatch):
    monkeypatch.setattr(tensor, "_BLOCK", 8)
    vectors = np.zeros((100, 2))
    vectors[77, 1] = np.nan
    with pytest.raises(ValueError, match="in row 77"):
        write_tensor(vectors, tmp_path / "a.bytes")
