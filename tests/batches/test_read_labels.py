import sys

import pytest

from semihard._extras import MissingPackage
from semihard.data import read_labels


def test_a_folder(tmp_path):
    for name in ("dog/b.JPG", "cat/a.png", "cat/deep/c.webp", "cat/notes.txt", "loose.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert read_labels(tmp_path) == ["cat", "cat", "dog"]


def test_a_table_of_any_columns(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text('\ufefflabel,path\n"a, b",1.png\n007,2.png\n', encoding="utf-8")
    assert read_labels(table) == ["a, b", "007"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"path,class\n1,2\n", "column `label`.*path, class"),
        (b"", "an empty file"),
        (b"path,label\n", "rows.*Found none"),
        (b"path,label\na,x\nb,\n", "Line 3 has none"),
        (b"path,label\n\xff\xfe,x\n", "UTF-8"),
    ],
)
def test_broken_tables_raise(tmp_path, content, message):
    table = tmp_path / "t.csv"
    table.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_labels(table)


def test_nothing_there_raises(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_labels(tmp_path / "none")
    with pytest.raises(ValueError, match="images in sub-folders"):
        read_labels(tmp_path)


def test_parquet(tmp_path):
    import pyarrow
    from pyarrow import parquet

    path = tmp_path / "t.parquet"
    parquet.write_table(pyarrow.table({"label": [7, 2**60], "other": [0, 1]}), path)
    assert read_labels(path) == [7, 2**60]
    parquet.write_table(pyarrow.table({"label": ["a", None]}), path)
    with pytest.raises(ValueError, match="Row 1 has none"):
        read_labels(path)
    parquet.write_table(pyarrow.table({"class": ["a"]}), path)
    with pytest.raises(ValueError, match=r"column `label`.*class"):
        read_labels(path)
    path.write_text("label\na\n")
    with pytest.raises(ValueError, match="Parquet table"):
        read_labels(path)


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "t.parquet").touch()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingPackage, match=r'pip install "semihard\[tables\]"'):
        read_labels(tmp_path / "t.parquet")
