"""The command line: which backend it chooses, what it passes on, and how it fails."""

import errno
import os
import re
import shutil
import subprocess
import sys
import textwrap
import types
from importlib.util import find_spec
from pathlib import Path

import pytest

import semihard
from semihard import cli
from semihard._core.extras import MissingPackage
from semihard._core.runs import run_directory
from semihard._core.runs.lock import locked
from semihard.cli import _choose_backend
from semihard.cli._choose_backend import BACKENDS, choose_backend
from semihard.cli._parsing import WrongUsage

DEFAULTS = {
    "out": "semihard-mnist",
    "epochs": None,
    "batch_size": None,
    "seed": 0,
    "recipe": "addons",
    "keep_epochs": False,
}


@pytest.fixture
def tutorial(monkeypatch, tmp_path):
    """Replace the tutorial by one that notes its arguments, or raises what `error` holds; in an empty directory."""
    monkeypatch.chdir(tmp_path)
    fake = types.ModuleType("mnist_tutorial")
    fake.calls, fake.error = [], None

    def run(out, **options):
        fake.calls.append({"out": out, **options})
        if fake.error is not None:
            raise fake.error

    fake.run = run
    monkeypatch.setitem(sys.modules, "semihard.workflows.tutorial.mnist_tutorial", fake)
    monkeypatch.setattr("semihard.workflows.tutorial.mnist_tutorial", fake, raising=False)
    monkeypatch.setenv("KERAS_BACKEND", os.environ.get("KERAS_BACKEND", "tensorflow"))
    return fake


def test_defaults_and_options_reach_the_tutorial(tutorial):
    assert cli.main(["tutorial"]) == 0
    options = "--epochs 2 --batch-size 64 --seed 7 --recipe balanced --out here --keep-epochs"
    assert cli.main(["tutorial", *options.split()]) == 0
    assert tutorial.calls == [
        DEFAULTS,
        {"out": "here", "epochs": 2, "batch_size": 64, "seed": 7, "recipe": "balanced", "keep_epochs": True},
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tutorials"], "invalid choice: 'tutorials'"),
        (["tutorial", "--epochs", "0"], "--epochs: expected a whole number of at least 1, received '0'"),
        (["tutorial", "--epochs", "two"], "received 'two'"),
        (["tutorial", "--batch-size", "1"], "at least 2, received '1'"),
        (["tutorial", "--seed", "-1"], "at least 0, received '-1'"),
        (["tutorial", "--seed", str(2**32)], "received '4294967296'"),
        (["tutorial", "--recipe", "even"], "invalid choice: 'even'"),
        (["tutorial", "--backend", "theano"], "invalid choice: 'theano'"),
        (["tutorial", "--out", ""], "--out: expected a path, received ''"),
        (["preflight", ""], "expected a path, received ''"),
        (["evaluate", ""], "expected a path, received ''"),
        (["view", ".", "--images", ""], "--images: expected a path, received ''"),
        (["view", ".", "--port", "99999"], "--port: expected a whole number from 0 to 65535, received '99999'"),
        (["view", ".", "--tensorboard", "--port", "-1"], "received '-1'"),
        (["tutorial", "--epoch-count", "2"], "unrecognized arguments: --epoch-count 2"),
    ],
)
def test_wrong_usage_is_one_line_and_2(tutorial, capsys, arguments, message):
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("semihard: ")
    assert err.count("\n") == 1
    assert message in err
    assert tutorial.calls == []


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "out/vecs.tsv"),
            1,
            "No space left on device: 'out/vecs.tsv'",
        ),
        (
            MissingPackage("umap-learn", 'pip install "semihard[plots]"', "none"),
            1,
            'Run: pip install "semihard[plots]"',
        ),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError("Unable to allocate 8. TiB"), 1, "not enough memory: Unable to allocate 8. TiB"),
    ],
)
def test_failures_are_one_line(tutorial, capsys, error, status, message):
    tutorial.error = error
    assert cli.main(["tutorial"]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("semihard: ")
    assert err.count("\n") == 1
    assert message in err


def test_without_a_command_it_says_what_there_is(tutorial, capsys):
    """As `git` and pip do; and the status of wrong usage, for a script whose variable is empty."""
    assert cli.main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    for command in ("tutorial", "preflight", "evaluate", "view", "semihard COMMAND --help"):
        assert command in err
    assert tutorial.calls == []


def test_a_bug_keeps_its_traceback(tutorial):
    tutorial.error = AttributeError("a bug")
    with pytest.raises(AttributeError, match="a bug"):
        cli.main(["tutorial"])


def test_help_gives_defaults_and_version_the_version(capsys):
    for arguments in (["tutorial", "--help"], ["--version"], ["--help"]):
        with pytest.raises(SystemExit) as end:
            cli.main(arguments)
        assert end.value.code == 0
    out = re.sub(r"\s+", " ", capsys.readouterr().out)
    for text in ("(default: 5;", "(default: 32;", "(default: 0)", "(default: semihard-mnist)", "KERAS_BACKEND, else"):
        assert text in out
    assert f"semihard {semihard.__version__}" in out


def test_choice_of_the_backend(monkeypatch, tmp_path):
    installed = {"jax", "torch"}
    monkeypatch.setattr(_choose_backend.Path, "home", lambda: tmp_path)
    monkeypatch.setattr(_choose_backend, "find_spec", lambda name: name if name in installed else None)
    assert choose_backend("torch", {"KERAS_BACKEND": "jax"}) == "torch"
    assert choose_backend(None, {"KERAS_BACKEND": "torch"}) == "torch"
    assert choose_backend(None, {}) == "jax"
    with pytest.raises(MissingPackage, match=r'pip install "semihard\[tensorflow\]"'):
        choose_backend("tensorflow", {})
    with pytest.raises(WrongUsage, match=r"tensorflow, jax, torch\. Received: 'openvino'"):
        choose_backend(None, {"KERAS_BACKEND": "openvino"})
    (tmp_path / ".keras").mkdir()
    for text, expected in [
        *[('{"backend": "torch"}', "torch"), ('{"backend": "tensorflow"}', "jax"), ('{"backend": "openvino"}', "jax")],
        *[("{", "jax"), ("[]", "jax"), ('{"backend": ["torch"]}', "jax")],
    ]:
        (tmp_path / ".keras" / "keras.json").write_text(text)
        assert choose_backend(None, {}) == expected
        assert choose_backend(None, {"KERAS_HOME": str(tmp_path / ".keras")}) == expected
        assert choose_backend(None, {"KERAS_HOME": str(tmp_path)}) == "jax"  # there is no file
        assert choose_backend(None, {"KERAS_BACKEND": "torch"}) == "torch"
    installed.clear()
    with pytest.raises(MissingPackage, match=r'a Keras backend.*pip install "semihard\[tensorflow\]" \(or'):
        choose_backend(None, {})


INSTALLED = [backend for backend in BACKENDS if find_spec(backend)]
HERE = os.environ.get("KERAS_BACKEND", "tensorflow")


@pytest.mark.parametrize(
    ("asked", "variable"), [(HERE, "jax"), (HERE, "torch"), (HERE, None), (None, HERE), (None, None)]
)
def test_the_backend_is_chosen_before_keras_is_imported(asked, variable, tmp_path):
    """In a fresh process; that Keras follows is seen in test_tutorial.py."""
    code = """
        import os, sys, types
        fake = types.ModuleType("mnist_tutorial")
        def run(out, **options):
            assert "keras" not in sys.modules, "keras was imported before the backend was chosen"
            print("backend:", os.environ["KERAS_BACKEND"])
        fake.run = run
        sys.modules["semihard.workflows.tutorial.mnist_tutorial"] = fake
        from semihard import cli
        sys.exit(cli.main())
    """
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    environment |= {"KERAS_HOME": str(tmp_path)} | ({"KERAS_BACKEND": variable} if variable else {})
    options = ["--backend", asked] if asked else []
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), "tutorial", *options],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert f"backend: {asked or variable or INSTALLED[0]}\n" == done.stdout


def test_preflight_of_a_table(tmp_path, capsys):
    table = tmp_path / "table.csv"
    table.write_text("path,label\n" + "".join(f"{i}.png,c{i % 1000}\n" for i in range(10_000)))
    assert cli.main(["preflight", str(table)]) == 0
    printed = capsys.readouterr().out
    assert "10,000 samples of 1,000 classes" in printed
    assert "BatchPlan(labels, classes_per_batch=8, samples_per_class=4)" in printed


def test_preflight_of_a_folder_tells_what_it_leaves_out(tmp_path, capsys):
    for name in ("cat/1.png", "cat/2.png", "dog/1.heic", ".ipynb_checkpoints/1.png", "loose.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert cli.main(["preflight", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "2 samples of 1 class" in printed.out
    first, second = printed.err.splitlines()
    assert first.startswith(f"semihard: 1 of 2 sub-folders of {tmp_path} hold no images and make no class: dog.")
    assert second.startswith(f"semihard: Images in {tmp_path} itself are left out, 1 of them")


@pytest.mark.parametrize("content", ["path,class\n1,2\n", ""])
def test_preflight_of_something_else_is_one_line_and_1(tmp_path, capsys, content):
    table = tmp_path / "table.csv"
    table.write_text(content)
    for path in (table, tmp_path / "none"):
        assert cli.main(["preflight", str(path)]) == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("semihard: Expected")
        assert printed.err.count("\n") == 1


def test_preflight_does_not_wait_for_keras(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("label\na\na\n")
    code = (
        f"import sys; from semihard import cli; cli.main(['preflight', {str(table)!r}]); print('keras' in sys.modules)"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.endswith("False\n")


@pytest.fixture
def saved(tmp_path):
    """A run's directory: two far classes of three points each, with a stray one of class b among those of a."""
    from semihard.visualization import write_tsv

    points = [[0.0, 0.0], [0.1, 0.0], [0.2, 0.0], [0.15, 0.0], [9.0, 0.0], [9.1, 0.0]]
    write_tsv(points, list("aaabbb"), tmp_path)
    return tmp_path


def test_evaluate_prints_the_figures_of_a_run(saved, capsys):
    """By hand: 0.0 finds 0.1, a hit; 0.1 and 0.2 find 0.15, which finds one of them: misses; 9.0 and 9.1 each other."""
    assert cli.main(["evaluate", str(saved)]) == 0
    by_run = capsys.readouterr()
    (line,) = [line for line in by_run.out.splitlines() if line.startswith("Recall@1 ")]
    assert line.split()[1] == "0.5000"
    assert by_run.err == ""
    assert cli.main(["evaluate", str(saved / "vecs.tsv"), str(saved / "meta.tsv")]) == 0
    assert capsys.readouterr().out == by_run.out


def test_evaluate_without_ray_says_what_to_install(saved, monkeypatch, capsys):
    monkeypatch.setattr("semihard._core.extras.find_spec", lambda name: None)
    assert cli.main(["evaluate", str(saved), "--engine", "ray"]) == 1
    assert "Expected Ray to be installed. Received: no module named" in capsys.readouterr().err


def test_evaluate_writes_what_was_asked_for(saved, capsys):
    assert (
        cli.main(["evaluate", str(saved), "-k", "2", "--json", str(saved / "e.json"), "--plot", str(saved / "e.png")])
        == 0
    )
    assert "Recall@2" in capsys.readouterr().out
    assert '"recall_at_2"' in (saved / "e.json").read_text()
    assert (saved / "e.png").stat().st_size > 10_000


def test_evaluate_takes_the_column_that_is_named(saved, capsys):
    (saved / "meta.tsv").write_text("label\tkind\n" + "".join(f"{i}\t{'xy'[i // 4]}\n" for i in range(6)))
    assert cli.main(["evaluate", str(saved), "--column", "kind"]) == 0
    assert "6 of 6 queries" in capsys.readouterr().out
    assert cli.main(["evaluate", str(saved)]) == 0
    assert "0 of 6 queries" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["none"], 2, "which is not there"),
        (["vecs.tsv"], 2, "which is a file"),
        ([".", "meta.tsv"], 2, "either a directory"),
        (["vecs.tsv", "none.tsv"], 1, "none.tsv"),
        (["empty"], 1, "Expected a run: a directory with vecs.tsv and meta.tsv"),
        (["parent"], 1, "Name the run: parent/run."),
        ([".", "--json", ""], 2, "--json: expected a path, received ''"),
        ([".", "--plot", "e.png", "--json", "vecs.tsv"], 2, "vecs.tsv, which is in use"),
        ([".", "--plot", "e.png", "--json", "e.png"], 2, "e.png, which is in use"),
        (["meta.tsv", "meta.tsv"], 1, "numbers separated by tabs"),
        ([".", "--column", "kind"], 1, "column 'kind'"),
        ([".", "--plot", "e.gif"], 1, ".png or .svg"),
        ([".", "-k", "0"], 2, "at least 1"),
        ([".", "--engine", "spark"], 2, "spark"),
    ],
)
def test_evaluate_of_something_else_is_one_line(saved, monkeypatch, capsys, arguments, status, message):
    monkeypatch.chdir(saved)
    (saved / "empty").mkdir()
    (saved / "parent" / "run").mkdir(parents=True)
    shutil.copy("vecs.tsv", "parent/run")
    assert cli.main(["evaluate", *arguments]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert (saved / "vecs.tsv").read_text().startswith("0\t0\n")
    assert err.startswith("semihard: ")
    assert err.count("\n") == 1


def test_evaluate_of_vectors_that_lack_a_label(saved, capsys):
    (saved / "meta.tsv").write_text("a\nb\n")
    assert cli.main(["evaluate", str(saved)]) == 1
    assert "6 embeddings" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["no/where.json", ".", "/dev/full"])
@pytest.mark.parametrize("option", ["--json", "--plot"])
def test_a_path_that_cannot_be_written_is_found_before_the_search(saved, monkeypatch, capsys, option, path):
    """What there is to see: the table of figures is not printed, for it was never computed."""
    monkeypatch.chdir(saved)
    monkeypatch.setattr("semihard.evaluation.evaluate", None)
    assert cli.main(["evaluate", ".", option, path]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert path in err


@pytest.mark.parametrize("path", ["file", "file/run", "held"])
def test_the_tutorials_directory_is_looked_at_before_keras_is_imported(tutorial, capsys, path):
    Path("file").write_text("")
    Path("held").mkdir()
    with locked(Path("held")):
        assert cli.main(["tutorial", "--out", path]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert path.partition("/")[0] in err
    assert tutorial.calls == []


def test_evaluate_says_that_a_run_is_not_finished(tmp_path, saved, capsys):
    points, labels = (saved / "vecs.tsv").read_text(), (saved / "meta.tsv").read_text()
    run = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt), run_directory(run) as files:
        (files / "vecs.tsv").write_text(points)
        (files / "meta.tsv").write_text(labels)
        assert cli.main(["evaluate", str(run)]) == 1
        assert f"one that is still running. Its files so far are in {files}" in capsys.readouterr().err
        raise KeyboardInterrupt
    assert cli.main(["evaluate", str(files)]) == 0
    printed = capsys.readouterr()
    assert printed.err == (
        f"semihard: the run in {files} did not finish: these are the files that it has written so far.\n"
    )
    assert "Recall@1" in printed.out


def test_what_evaluate_draws_into_a_run_goes_with_it(saved):
    run = saved / "run"
    with run_directory(run) as files:
        shutil.copy(saved / "vecs.tsv", files)
        shutil.copy(saved / "meta.tsv", files)
    assert cli.main(["evaluate", str(run), "--json", str(run / "e.json"), "--plot", str(saved / "e.png")]) == 0
    with run_directory(run) as files:
        (files / "vecs.tsv").write_text("1\n")
    assert sorted(path.name for path in run.iterdir()) == ["run.json", "vecs.tsv"]
    assert (saved / "e.png").exists()


def test_preflight_of_a_column_of_lists_is_one_line(tmp_path, capsys):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"label": [["cat"], ["dog"], ["cat"]]}), tmp_path / "t.parquet")
    assert cli.main(["preflight", str(tmp_path / "t.parquet")]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "t.parquet" in err
