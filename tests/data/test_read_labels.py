import sys

import pytest

from semihard._core.extras import MissingPackage
from semihard.data import ImageFiles, read_labels


def test_a_folder(tmp_path):
    for name in ("dog/b.JPG", "cat/a.png", "cat/deep/c.webp", "cat/notes.txt", "loose.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "bird").mkdir()
    with pytest.warns(UserWarning) as warned:
        assert read_labels(tmp_path) == ["cat", "cat", "dog"]
    empty, loose = (str(warning.message) for warning in warned)
    assert f"1 of 3 sub-folders of {tmp_path} hold no images and make no class: bird. Images end in .bmp" in empty
    assert f"Images in {tmp_path} itself are left out, 1 of them" in loose


def test_what_systems_leave_in_a_folder_is_no_class(tmp_path, recwarn):
    for name in ("dog/b.png", "dog/._b.png", ".ipynb_checkpoints/a.png", "__MACOSX/dog/b.png", ".git/x.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert read_labels(tmp_path) == ["dog"]
    assert not recwarn.list


def test_images_without_sub_folders_say_what_to_do(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).touch()
    with pytest.raises(ValueError, match=r"Found 2 images in it and none in sub-folders. Put those of each class"):
        read_labels(tmp_path)


def test_a_table_of_any_columns(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text('\ufefflabel,path\n"a, b",1.png\n007,2.png\n', encoding="utf-8")
    assert read_labels(table) == ["a, b", "007"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["t.csv", "t.TSV"])
def test_every_encoding_that_says_which_and_every_line_end(tmp_path, encoding, end, name):
    lines = ["label,path,", '"a, b",1.png,', "käfer,2.png,", ""]
    text = end.join(lines) if name == "t.csv" else end.join(lines).replace(", ", "; ").replace(",", "\t")
    (tmp_path / name).write_bytes(text.encode(encoding))
    assert read_labels(tmp_path / name) == ["a, b" if name == "t.csv" else "a; b", "käfer"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"path,class\n1,2\n", "column `label`.*path, class"),
        (b",".join(b"%d" % i for i in range(300)), r"column `label`.*8, 9, … \(300 in all\)"),
        (b"", "an empty file"),
        (b"path,label\n", "rows.*Found none"),
        (b"path,label\na,x\nb,\n", "Line 3 has none"),
        (b"path,label\na,k\xe4fer\n", "UTF-8.*line 2.*'a,käfer'.*iconv"),
        (b"label,path,label\nx,a,y\n", "'label' more than once"),
        (b"path,label\na,cat, black\n", "2 columns.*Line 2 has 3"),
        (b"path,label\na,  \n", "Line 2 has none"),
        (b"label\na\n\nb\n", "Line 3 is empty"),
        (b"path;label\na;x\n", "column `label`.*Separate the columns by commas"),
        (b"path,label\n\0,x\n", "Line 2 holds a NUL"),
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
    parquet.write_table(pyarrow.Table.from_arrays([pyarrow.array(["a"])] * 2, ["label", "label"]), path)
    with pytest.raises(ValueError, match="'label' more than once"):
        read_labels(path)
    parquet.write_table(pyarrow.table({"label": [[1, 2], [3]]}), path)
    with pytest.raises(ValueError, match=r"one number or text a row in column `label`.*list<"):
        read_labels(path)
    parquet.write_table(pyarrow.table({"label": [0.0, float("nan")]}), path)
    with pytest.raises(ValueError, match="Row 1 has none"):
        read_labels(path)
    parquet.write_table(pyarrow.table({"label": ["a"], "path": [7]}), path)
    with pytest.raises(ValueError, match=r"texts in column `path`.*7 in row 0"):
        ImageFiles(path, (2, 2))
    parquet.write_table(pyarrow.table({"label": pyarrow.array(["a", "b"]).dictionary_encode()}), path)
    assert read_labels(path) == ["a", "b"]
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
