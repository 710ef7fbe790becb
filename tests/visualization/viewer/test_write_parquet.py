"""The table for embedding-atlas, read back by pyarrow."""

import io

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from semihard.visualization import make_view, write_parquet

VECTORS = np.random.default_rng(0).normal(size=(9, 3))
IMAGES = np.random.default_rng(1).integers(0, 256, size=(9, 5, 5), dtype=np.uint8)
METADATA = {"label": [*"abcabcab", "\ud800"], "size": np.arange(9) / 2}


def test_the_table(tmp_path):
    """Rows are samples; ids are row numbers from 0, nearest first; an image is bytes of a PNG and a name."""
    view = make_view(VECTORS, METADATA, images=IMAGES, methods=["pca"], k=4)
    table = parquet.read_table(write_parquet(view, tmp_path / "t.parquet"))
    assert table.column_names == ["x", "y", "neighbors", "image", "label", "size", "label check", "near-duplicate"]
    assert table.schema.field("neighbors").type == pa.struct(
        [("ids", pa.list_(pa.int32())), ("distances", pa.list_(pa.float32()))]
    )
    assert table.schema.field("image").type == pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    rows = table.to_pylist()
    for i, row in enumerate(rows):
        apart = np.linalg.norm(VECTORS - VECTORS[i], axis=1)
        apart[i] = np.inf
        assert row["neighbors"]["ids"] == np.argsort(apart)[:4].tolist()
        np.testing.assert_allclose(row["neighbors"]["distances"], np.sort(apart)[:4], rtol=1e-6)
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(row["image"]["bytes"]))), IMAGES[i])
        np.testing.assert_array_equal([row["x"], row["y"]], view.frames[0].maps[0][i])
        assert row["size"] == i / 2
    assert [row["label"] for row in rows] == [*"abcabcab", "?"]


def test_without_pictures_and_neighbours(tmp_path):
    view = make_view(VECTORS, METADATA, methods=["pca"], k=0)
    assert parquet.read_table(write_parquet(view, tmp_path / "t.parquet")).column_names == ["x", "y", "label", "size"]


def test_a_column_that_is_in_the_way(tmp_path):
    view = make_view(VECTORS, {"label": METADATA["label"], "x": METADATA["size"]}, methods=["pca"], k=0)
    with pytest.raises(ValueError, match="no metadata column of the name 'x'"):
        write_parquet(view, tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []
