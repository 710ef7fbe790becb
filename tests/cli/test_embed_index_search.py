"""`semihard embed`, `index` and `search`: what is wrong is one plain line, and nothing is lost."""

import io
import json
import sys

import numpy as np
import pytest
from PIL import Image

from semihard import cli
from semihard.workflows.searching import read_vectors
from tests.cli.processes import own_lines
from tests.workflows.searching.shapes import shapes, untrained

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    shapes(folder / "photos", range(3), each=2)
    untrained(folder / "run")
    untrained(folder / "other", seed=1)
    (folder / "empty").mkdir()
    (folder / "text.png").write_text("no picture")
    (folder / "text.parquet").write_text("no table")
    whole = (folder / "photos" / "shape_00" / "0.png").read_bytes()
    (folder / "half.png").write_bytes(whole[: len(whole) // 2])
    return folder


@pytest.fixture(scope="module")
def gallery(made):
    assert (
        cli.main(["index", str(made / "run"), str(made / "photos"), "--out", str(made / "g"), "--threshold", "1"]) == 0
    )
    return made / "g"


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["embed", "run"], "required: DATA, --out"),
        (["embed", "run", "photos"], "required: --out"),
        (["embed", "run", "photos", "--out", ""], "expected a path, received ''"),
        (["embed", "run", "photos", "--out", "v.parquet", "--batch", "0"], "of at least 1"),
        (["embed", "run", "", "--out", "v.parquet"], "expected a path, received ''"),
        (["index", "run", "photos"], "required: --out"),
        (["index", "run", "photos", "--out", "new", "--target-fpir", "x"], "invalid float value"),
        (["index", "run", "photos", "--out", "g", "--add", "--overwrite"], "not allowed with argument --add"),
        (["search", "g"], "required: PHOTO"),
        (["search", "g", "text.png", "-k", "0"], "of at least 1"),
        (["search", "g", "text.png", "--jsno"], "unrecognized arguments: --jsno"),
    ],
)
def test_wrong_usage_is_one_line_and_2(made, gallery, capsys, arguments, message):
    before = files(made)
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert message in err
    assert files(made) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["embed", "nowhere", "photos", "--out", "v.parquet"], "Expected a run"),
        (["embed", "empty", "photos", "--out", "v.parquet"], "no model.keras and no preprocessing.json"),
        (["embed", "text.png", "photos", "--out", "v.parquet"], "Expected the directory of a run"),
        (["embed", "run", "nowhere", "--out", "v.parquet"], "nowhere, which does not exist"),
        (["embed", "run", "empty", "--out", "v.parquet"], "Expected images in empty. Found none"),
        (["embed", "run", "text.png", "--out", "v.parquet"], "1 of 1 pictures could not be read"),
        (["embed", "run", "half.png", "--out", "v.parquet"], "1 of 1 pictures could not be read"),
        (["embed", "run", "photos", "--out", "v.csv"], "to end in .parquet, .npy or .tsv"),
        (["embed", "run", "text.parquet", "--out", "v.parquet"], "to be a Parquet table"),
        (["embed", "run", "photos", "--out", "nowhere/v.parquet"], "nowhere is none"),
        (["index", "run", "photos", "--out", "g"], "Expected a new or empty directory"),
        (["index", "run", "photos", "--out", "run"], "which holds model.keras"),
        (["index", "run", "photos", "--out", "new", "--target-fpir", "2"], "target_fpir"),
        (["index", "run", "photos", "--out", "new", "--threshold", "-1"], "threshold"),
        (["index", "run", "text.parquet", "--out", "new"], "to be a whole Parquet file"),
        (["index", "run", "photos", "--out", "g", "--add"], "'shape_00/0.png', for one of 6 that it holds"),
        (["index", "other", "text.png", "--out", "g", "--add"], "of two models say nothing"),
        (["index", "run", "text.png", "--out", "g", "--add"], "1 of 1 pictures could not be read"),
        (["index", "run", "photos", "--out", "nowhere", "--add"], "to be a gallery"),
        (["index", "run", "photos", "--out", "photos", "--overwrite"], "which holds shape_00"),
        (["index", "run", "text.png", "--out", "g", "--overwrite"], "1 of 1 pictures could not be read"),
        (["search", "g", "photos", "--ann"], "Expected a gallery with an approximate index"),
        (["search", "nowhere", "text.png"], "Expected nowhere to be a gallery"),
        (["search", "photos", "text.png"], "Expected photos to be a gallery"),
        (["search", "g", "nowhere.png"], "nowhere.png, which does not exist"),
        (["search", "g", "text.png"], "1 of 1 pictures could not be read"),
        (["search", "g", "photos", "--run", "other"], "of two models say nothing"),
        (["search", "g", "photos", "--out", "found.jpg"], "found.jpg"),
        (["search", "g", "photos", "--out", "nowhere/found.png"], "nowhere"),
    ],
)
def test_wrong_data_are_one_line_and_1(made, gallery, capsys, arguments, message):
    before = files(made)
    assert cli.main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert len(own_lines(err)) == 1
    assert "Traceback" not in err
    assert files(made) == before
    assert not [path for path in made.iterdir() if "unfinished" in path.name]


def test_corrupt_files_do_not_stop_the_rest_and_the_status_says_so(made, gallery, tmp_path, capsys):
    vectors = tmp_path / "v.parquet"
    assert cli.main(["embed", "run", "photos", "text.png", "half.png", "--out", str(vectors)]) == 3
    out, err = capsys.readouterr()
    assert "6 vectors" in out
    (line,) = own_lines(err)
    assert "2 of 8 pictures could not be read and are left out: text.png (" in line
    assert f"All are listed in {vectors}.failed.tsv." in line
    assert len(read_vectors(vectors).paths) == 6
    assert cli.main(["index", "run", "photos", "half.png", "--out", str(tmp_path / "g")]) == 3
    assert cli.main(["search", "g", "photos/shape_00/0.png", "half.png"]) == 3
    assert "half.png (" in capsys.readouterr().err


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\0"])
def test_paths_on_stdin(made, tmp_path, monkeypatch, end):
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save("sp ace\t.png")
    listed = [b"photos/shape_00/0.png", b"sp ace\t.png"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(end.join(listed) + end)))
    assert cli.main(["embed", "run", "-", "--out", "v.parquet"]) == 0
    assert read_vectors("v.parquet").paths == [name.decode() for name in listed]
    (made / "v.parquet").unlink()


def test_nothing_on_stdin(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n")))
    assert cli.main(["embed", "run", "-", "--out", "v.parquet"]) == 2
    assert "on stdin, one a line" in capsys.readouterr().err


def test_json_is_all_that_is_printed(gallery, capsys):
    assert cli.main(["search", "g", "photos/shape_01/0.png", "--json", "-k", "2"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert told["queries"][0]["name"] == "shape_01"
    assert not own_lines(err)


def test_a_run_that_is_not_finished(made, tmp_path, capsys):
    (tmp_path / "run" / "unfinished").mkdir(parents=True)
    (tmp_path / "run" / "unfinished" / "run.json").write_text('{"state": "running"}')
    assert cli.main(["embed", str(tmp_path / "run"), "photos", "--out", str(tmp_path / "v.parquet")]) == 1
    assert "Expected a finished run" in capsys.readouterr().err


def test_the_backend_of_the_run_unless_another_is_wanted(made, tmp_path, monkeypatch):
    import os

    from semihard.cli._pictures import set_backend
    from semihard.workflows.training.config import write_config

    write_config(tmp_path / "config.toml", {"backend": "jax"})
    monkeypatch.delenv("KERAS_BACKEND")
    for module in ("_pictures", "_choose_backend"):  # all of them are installed
        monkeypatch.setattr(f"semihard.cli.{module}.find_spec", lambda name: name)
    set_backend(None, str(tmp_path))
    assert os.environ["KERAS_BACKEND"] == "jax"
    set_backend("torch", str(tmp_path))
    assert os.environ["KERAS_BACKEND"] == "torch"
    set_backend(None, str(tmp_path))  # KERAS_BACKEND is set
    assert os.environ["KERAS_BACKEND"] == "torch"
