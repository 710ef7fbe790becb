"""`semihard export`: what is wrong is one plain line, and nothing is lost."""

from importlib.util import find_spec

import keras
import pytest

from semihard import cli
from tests.cli.processes import own_lines
from tests.workflows.searching.shapes import shapes, untrained

with_onnx = pytest.mark.skipif(
    keras.backend.backend() == "jax" and not find_spec("jax2onnx"), reason="ONNX cannot be made here"
)


pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    untrained(folder / "run")
    untrained(folder / "other", seed=1)
    shapes(folder / "photos", range(3), each=2)
    (folder / "text.png").write_text("no picture")
    for run in ("run", "other"):
        index = ["index", str(folder / run), str(folder / "photos"), "--out", str(folder / f"gallery-{run}")]
        assert cli.main([*index, "--threshold", "0.5"]) == 0
    return folder


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["run"], 2, "required: --out"),
        (["run", "--out", ""], 2, "expected a path, received ''"),
        (["run", "--out", "new", "--formats", "onxn"], 2, "one of 'onnx', 'saved_model', 'litert'"),
        (["run", "--out", "new", "--formats", "onnx,onnx"], 2, "each of `formats` once"),
        (["nowhere", "--out", "new"], 1, "Expected a run"),
        (["photos", "--out", "new"], 1, "no model.keras and no preprocessing.json"),
        (["run", "--out", "run"], 1, "Expected a new or empty directory"),
        (["run", "--out", "text.png"], 1, "text.png, which is none"),
        (["run", "--out", "new", "--gallery", "photos"], 1, "Expected photos to be a gallery"),
        (["run", "--out", "new", "--gallery", "gallery-other"], 1, "of two models say nothing"),
        (["run", "--out", "new", "--samples", "nowhere"], 1, "nowhere, which does not exist"),
        (["run", "--out", "new", "--samples", "text.png"], 1, "Expected samples that can be read"),
        pytest.param(["run", "--out", "new", "--int8"], 1, "Expected samples for int8", marks=with_onnx),
        (["run", "--out", "new", "--int8", "--formats", "saved_model"], 1, "Expected the format onnx for int8"),
    ],
)
def test_what_is_wrong_is_one_line(made, capsys, arguments, status, message):
    before = files(made)
    assert cli.main(["export", *arguments]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert len(own_lines(err)) == 1
    assert "Traceback" not in err
    assert files(made) == before
    assert not (made / "new").exists()


@with_onnx
def test_a_bundle_in_one_command(made, tmp_path, capsys):
    bundle = tmp_path / "bundle"
    assert cli.main(["export", "gallery-run", "--out", str(bundle), "--formats", "onnx"]) == 0
    out, err = capsys.readouterr()
    assert "onnx, 6 pictures: largest difference " in out
    assert "flipped: nearest neighbors 0 of 6, names 0 of 6" in out
    assert not own_lines(err)
    assert {"bundle.json", "infer.py", "gallery"} <= {path.name for path in bundle.iterdir()}
