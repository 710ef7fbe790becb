"""`semihard view`: what it finds in a run, what it writes, what it opens, and how it fails."""

import base64
import io
import json
import re
import webbrowser

import numpy as np
import pytest
from PIL import Image

from semihard import cli
from semihard._core.runs import run_directory
from semihard.visualization import write_sprite, write_tsv
from semihard.visualization.viewer import view

VECTORS = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
PCA = ["--method", "pca"]


@pytest.fixture
def browser(monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    return opened


@pytest.fixture
def saved(tmp_path):
    run = tmp_path / "a run"
    run.mkdir()
    write_tsv(VECTORS, {"label": list("abc" * 4), "file": [f"{i}.png" for i in range(12)]}, run)
    return run


def page(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="page">(.*?)</script>', text)[1])


def test_a_run_becomes_a_page_that_opens(saved, browser, capsys):
    assert cli.main(["view", str(saved), *PCA]) == 0
    assert browser == [(saved / "view.html").as_uri()]
    out, err = capsys.readouterr()
    assert str(saved / "view.html") in out
    assert err == ""
    found = page(saved / "view.html")
    assert (found["title"], found["count"], found["dim"], found["k"]) == ("a run", 12, 3, 11)
    assert [column["name"] for column in found["columns"]] == ["label", "file", "label check", "near-duplicate"]
    assert found["pictures"] is None
    assert found["notes"] == []


def test_pictures_and_epochs_of_a_run_are_shown(saved, browser):
    """Epoch 10 comes after epoch 9, and the last one is what was saved."""
    write_sprite(np.zeros((12, 4, 6), np.uint8), saved / "sprite.png")
    (saved / "epochs").mkdir()
    for epoch in (9, 10):
        np.save(saved / "epochs" / f"{epoch:03}.npy", VECTORS + (10 - epoch))
    (saved / "epochs" / "._010.npy").write_text("what a Mac leaves on other disks")
    assert cli.main(["view", str(saved), *PCA, "-k", "2", "--no-open"]) == 0
    assert browser == []
    found = page(saved / "view.html")
    assert found["pictures"] == {"width": 6, "height": 4, "perSheet": 682**2, "sheets": 1}
    assert [frame["name"] for frame in found["frames"]] == ["epoch 9", "epoch 10"]
    assert found["k"] == 2


def test_two_files_and_every_option(saved, browser, tmp_path):
    sprite = write_sprite(np.zeros((12, 4, 4, 3), np.uint8), tmp_path / "other.png")
    options = ["--column", "file", "--images", sprite, "--out", tmp_path / "o.html", "--seed", 3, "-k", 0]
    arguments = ["view", saved / "vecs.tsv", saved / "meta.tsv", *options, "--parquet", tmp_path / "t.parquet", *PCA]
    assert cli.main([str(argument) for argument in arguments]) == 0
    assert browser == [(tmp_path / "o.html").as_uri()]
    found = page(tmp_path / "o.html")
    assert (found["label"], found["k"], found["pictures"]["sheets"]) == (1, 0, 1)
    assert (tmp_path / "t.parquet").stat().st_size > 1000


def test_what_is_left_out_is_said(saved, browser, monkeypatch, capsys):
    monkeypatch.setattr(view, "SEARCH_LIMIT", 11)
    assert cli.main(["view", str(saved), *PCA]) == 0
    err = capsys.readouterr().err
    assert err.startswith("semihard: Neighbours were not searched")
    assert err.count("\n") == 1
    assert page(saved / "view.html")["notes"] == [err.removeprefix("semihard: ").strip()]


def test_where_no_browser_is(saved, monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    assert cli.main(["view", str(saved), *PCA]) == 0
    assert "No browser was found" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["none"], 2, "which is not there"),
        (["vecs.tsv"], 2, "which is a file"),
        ([".", "--method", "mds"], 2, "invalid choice: 'mds'"),
        ([".", "-k", "-1"], 2, "at least 0"),
        ([".", "--column", "kind"], 1, "column 'kind'"),
        ([".", "--images", "none.png"], 1, "none.png"),
        ([".", "--images", "."], 1, "0.png"),
        ([".", "--images", "vecs.tsv"], 1, "vecs.tsv"),
        ([".", "--out", "no/where.html"], 1, "no"),
        ([".", "--out", ""], 2, "--out: expected a path, received ''"),
        ([".", "--out", "vecs.tsv"], 2, "vecs.tsv, which is in use"),
        ([".", "--parquet", "no/where.parquet"], 1, "no"),
        (["meta.tsv", "meta.tsv"], 1, "numbers separated by tabs"),
        ([".", "--images", "small.png"], 1, "grid of 4"),
    ],
)
def test_failures_are_one_line_and_no_page(saved, browser, monkeypatch, capsys, arguments, status, message):
    monkeypatch.chdir(saved)
    write_sprite(np.zeros((2, 5, 5), np.uint8), "small.png")
    assert cli.main(["view", *arguments, *([] if "--method" in arguments else PCA)]) == status
    err = capsys.readouterr().err
    assert message in err
    assert err.startswith("semihard: ")
    assert err.count("\n") == 1
    assert not (saved / "view.html").exists()
    assert browser == []


def test_an_epoch_of_other_samples_is_one_line(saved, browser, capsys):
    (saved / "epochs").mkdir()
    np.save(saved / "epochs" / "001.npy", VECTORS[:5])
    assert cli.main(["view", str(saved), *PCA]) == 1
    assert "epoch 1" in capsys.readouterr().err


def test_an_epoch_that_is_no_array_is_one_line(saved, browser, capsys):
    (saved / "epochs").mkdir()
    (saved / "epochs" / "001.npy").write_text("")
    for options in (PCA, ["--tensorboard"]):
        assert cli.main(["view", str(saved), *options]) == 1
        err = capsys.readouterr().err
        assert "001.npy to hold an array" in err
        assert err.count("\n") == 1


@pytest.mark.parametrize("option", ["--out", "--parquet"])
def test_a_path_that_cannot_be_written_is_found_before_the_work(saved, monkeypatch, capsys, option):
    monkeypatch.setattr("semihard.visualization.viewer.make_view", None)
    for path in (saved, saved / "no" / "file"):
        assert cli.main(["view", str(saved), option, str(path)]) == 1
        assert capsys.readouterr().err.count("\n") == 1


def test_a_page_in_a_run_goes_with_it(tmp_path, browser):
    with run_directory(tmp_path) as files:
        write_tsv(VECTORS, list("abc" * 4), files)
    assert cli.main(["view", str(tmp_path), *PCA]) == 0
    assert (tmp_path / "view.html").exists()
    with run_directory(tmp_path) as files:
        write_tsv(VECTORS, list("abc" * 4), files)
    assert not (tmp_path / "view.html").exists()


def test_it_does_not_wait_for_keras(saved, browser):
    import subprocess
    import sys

    code = f"import sys; from semihard import cli; cli.main(['view', {str(saved)!r}, '--no-open', '--method', 'pca']); "
    done = subprocess.run(
        [sys.executable, "-c", code + "print('keras' in sys.modules)"], capture_output=True, text=True
    )
    assert done.stdout.endswith("False\n"), done.stderr


def test_pictures_of_a_folder_in_the_run(tmp_path, browser, monkeypatch, capsys):
    """Names as a listing from the run's directory has them; one leads out, and the page leaves it out and says so."""
    run = tmp_path / "run"
    (run / "photos").mkdir(parents=True)
    for i in range(11):
        Image.new("RGB", (8, 8), (i, 100, 0)).save(run / "photos" / f"{i}.png")
    Image.new("RGB", (8, 8), (0, 0, 200)).save(tmp_path / "private.png")
    names = [*(f"photos/{i}.png" for i in range(11)), "../private.png"]
    write_tsv(VECTORS, {"label": list("abc" * 4), "path": names}, run)
    monkeypatch.chdir(run)

    def colours():
        text = (run / "view.html").read_text(encoding="utf-8")
        sheet = base64.b64decode(re.search(r'id="data:sheet-0">(.*?)</script>', text)[1])
        return {color for _, color in Image.open(io.BytesIO(sheet)).convert("RGB").getcolors()}

    assert cli.main(["view", ".", "--images", "photos", "--no-open", *PCA]) == 0
    err = capsys.readouterr().err
    assert err.startswith("semihard: 1 of 12 pictures are left out")
    assert err.strip().endswith("Embed them with --outside-images.")
    assert page(run / "view.html")["notes"] == [err.removeprefix("semihard: ").strip()]
    assert {(i, 100, 0) for i in range(11)} <= colours()
    assert (0, 0, 200) not in colours()
    assert cli.main(["view", ".", "--images", "photos", "--outside-images", "--no-open", *PCA]) == 0
    assert capsys.readouterr().err == ""
    assert (0, 0, 200) in colours()
