"""`semihard train`: what is wrong is one plain line, and nothing is lost."""

import os

import keras
import pytest

from semihard import cli
from tests.cli.processes import own_lines
from tests.workflows.training.photos import photos

pytestmark = pytest.mark.usefixtures("no_pictures")

FAST = ["--epochs", "1", "--size", "16", "--batch", "8", "--augment", "flip", "--embedding", "8", "--map", "none"]


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", keras.backend.backend())


def half(path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def with_lambda(path):
    layers = [keras.Input((16, 16, 3)), keras.layers.Flatten(), keras.layers.Lambda(lambda x: x)]
    keras.Sequential(layers).save(path)


def test_from_a_folder_to_a_run(tmp_path, capsys):
    photos(tmp_path / "photos", size=16)
    assert cli.main(["train", "photos", "--out", "run", *FAST, "--dims", "2,4"]) == 0
    assert "dims = [2, 4]" in (tmp_path / "run" / "config.toml").read_text()
    out, err = capsys.readouterr()
    assert "by chance it would be" in out
    assert not [line for line in own_lines(err) if "Error" in line]
    assert cli.main(["train", "--config", "run/config.toml", "--out", "again", "--seed", "1"]) == 0
    assert cli.main(["train", "--resume", "again"]) == 0
    assert "nothing left to do" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["photos"], "expected --out"),
        (["--out", "run"], "expected DATA, --config or --resume"),
        (["photos", "--resume", "run"], "expected --resume alone"),
        (["--resume", "run", "--epochs", "3"], "expected --resume alone"),
        (["photos", "--out", "run", "--loss", "tripplet"], "--loss: invalid choice: 'tripplet'"),
        (["photos", "--out", "run", "--epochs", "none"], "--epochs: expected N, received 'none'"),
        (["photos", "--out", "run", "--size", "0"], "at least 1"),
        (["photos", "--out", "run", "--size", "axb"], "expected N|HxW, received 'axb'"),
        (["photos", "--out", "run", "--dims", "8,x"], "--dims: expected N,N,..., received '8,x'"),
        (["photos", "--out", "run", "--dims", "8,4"], "`dims` to be at least one number, ascending"),
        (["photos", "--out", "run", "--patiense", "3"], "unrecognized arguments: --patiense"),
        (["photos", "--out", ""], "expected a path, received ''"),
    ],
)
def test_wrong_usage_is_one_line_and_2(capsys, tmp_path, arguments, message):
    assert cli.main(["train", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert message in err
    assert not (tmp_path / "run").exists()


def made(tmp_path, case):
    """The folder of a case of bad input."""
    folder = tmp_path / "photos"
    if case == "nothing":
        return "nowhere"
    if case == "empty":
        folder.mkdir()
        return "photos"
    photos(folder, classes=1 if case == "one class" else 6, each=1 if case == "one image a class" else 3, size=16)
    if case == "text":
        (folder / "class_01" / "0.png").write_text("no picture")
    elif case == "truncated":
        half(folder / "class_01" / "0.png")
    elif case == "lambda":
        with_lambda(tmp_path / "own.keras")
    elif case == "taken":
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "mine.txt").write_text("mine")
    return "photos"


@pytest.mark.parametrize(
    ("case", "options", "message"),
    [
        ("nothing", [], "nowhere, which does not exist"),
        ("empty", [], "Expected images in sub-folders"),
        ("one class", [], "at least 4 classes"),
        ("one image a class", [], "of two images or more"),
        ("text", [], "1 of 18 images in"),
        ("truncated", [], "1 of 18 images in"),
        ("lambda", ["--backbone", "own.keras"], "with a Lambda layer"),
        ("taken", [], "holds mine.txt, for one"),
        ("backbone", ["--backbone", "ResNet51"], "Did you mean ResNet50"),
        ("weights", ["--backbone-weights", "none"], "with a model of keras.applications only"),
        ("mining", ["--loss", "circle", "--mining", "all"], "loss='triplet' only"),
        ("config", ["--config", "none.toml"], "none.toml"),
    ],
)
def test_wrong_data_are_one_line_and_1(capsys, tmp_path, case, options, message):
    data = made(tmp_path, case)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert cli.main(["train", data, "--out", "run", *FAST, *options]) == 1
    err = capsys.readouterr().err
    assert message in err
    assert len(own_lines(err)) == 1
    assert "Traceback" not in err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_corrupt_files_may_be_left_out(tmp_path, capsys):
    photos(tmp_path / "photos", size=16)
    half(tmp_path / "photos" / "class_01" / "0.png")
    assert cli.main(["train", "photos", "--out", "run", *FAST, "--corrupt", "skip"]) == 0
    assert any("1 of 36 images" in line for line in own_lines(capsys.readouterr().err))


def test_the_backend_of_a_run_is_kept(tmp_path, monkeypatch, capsys):
    """Whatever KERAS_BACKEND says; here Keras has begun with its own."""
    photos(tmp_path / "photos", size=16)
    assert cli.main(["train", "photos", "--out", "run", *FAST]) == 0
    other = next(name for name in ("jax", "torch") if name != keras.backend.backend())
    monkeypatch.setenv("KERAS_BACKEND", other)
    assert cli.main(["train", "--config", "run/config.toml", "--out", "again"]) == 0
    assert os.environ["KERAS_BACKEND"] == keras.backend.backend()
