import pytest

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
