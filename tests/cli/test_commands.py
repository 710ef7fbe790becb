"""The command line: which backend it chooses, what it passes on, and how it fails."""

import errno
import os
import re
import subprocess
import sys
import textwrap
import types
from importlib.util import find_spec

import pytest

import semihard
from semihard import cli
from semihard._extras import MissingPackage
from semihard.cli import _choose_backend
from semihard.cli._choose_backend import BACKENDS, choose_backend
from semihard.cli._parsing import WrongUsage
from tests.cli.processes import own_lines, start

DEFAULTS = {
    "out": "semihard-mnist",
    "epochs": None,
    "batch_size": None,
    "seed": 0,
    "sampler": "random",
    "keep_epochs": False,
}


@pytest.fixture
def tutorial(monkeypatch):
    """Replace the tutorial by one that notes its arguments, or raises what `error` holds."""
    fake = types.ModuleType("mnist_tutorial")
    fake.calls, fake.error = [], None

    def run(out, **options):
        fake.calls.append({"out": out, **options})
        if fake.error is not None:
            raise fake.error

    fake.run = run
    monkeypatch.setitem(sys.modules, "semihard.recipes.mnist_tutorial", fake)
    monkeypatch.setattr("semihard.recipes.mnist_tutorial", fake, raising=False)
    monkeypatch.setenv("KERAS_BACKEND", os.environ.get("KERAS_BACKEND", "tensorflow"))
    return fake


def test_defaults_and_options_reach_the_tutorial(tutorial):
    assert cli.main(["tutorial"]) == 0
    options = "--epochs 2 --batch-size 64 --seed 7 --sampler balanced --out here --keep-epochs"
    assert cli.main(["tutorial", *options.split()]) == 0
    assert tutorial.calls == [
        DEFAULTS,
        {"out": "here", "epochs": 2, "batch_size": 64, "seed": 7, "sampler": "balanced", "keep_epochs": True},
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train"], "invalid choice: 'train'"),
        (["tutorial", "--epochs", "0"], "--epochs: expected a whole number of at least 1, received '0'"),
        (["tutorial", "--epochs", "two"], "received 'two'"),
        (["tutorial", "--batch-size", "1"], "at least 2, received '1'"),
        (["tutorial", "--seed", "-1"], "at least 0, received '-1'"),
        (["tutorial", "--seed", str(2**32)], "received '4294967296'"),
        (["tutorial", "--sampler", "even"], "invalid choice: 'even'"),
        (["tutorial", "--backend", "theano"], "invalid choice: 'theano'"),
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
    for text in ("(default: 5;", "(default: 32;", "(default: 0)", "(default: semihard-mnist)", "KERAS_BACKEND if it"):
        assert text in out
    assert f"semihard {semihard.__version__}" in out


def test_choice_of_the_backend(monkeypatch):
    installed = {"jax", "torch"}
    monkeypatch.setattr(_choose_backend, "find_spec", lambda name: name if name in installed else None)
    assert choose_backend("torch", {"KERAS_BACKEND": "jax"}) == "torch"
    assert choose_backend(None, {"KERAS_BACKEND": "torch"}) == "torch"
    assert choose_backend(None, {}) == "jax"
    with pytest.raises(MissingPackage, match=r'pip install "semihard\[tensorflow\]"'):
        choose_backend("tensorflow", {})
    with pytest.raises(WrongUsage, match=r"tensorflow, jax, torch\. Received: 'openvino'"):
        choose_backend(None, {"KERAS_BACKEND": "openvino"})
    installed.clear()
    with pytest.raises(MissingPackage, match=r'a Keras backend.*pip install "semihard\[tensorflow\]" \(or'):
        choose_backend(None, {})


INSTALLED = [backend for backend in BACKENDS if find_spec(backend)]
HERE = os.environ.get("KERAS_BACKEND", "tensorflow")


@pytest.mark.parametrize(
    ("asked", "variable"), [(HERE, "jax"), (HERE, "torch"), (HERE, None), (None, HERE), (None, None)]
)
def test_keras_runs_on_the_chosen_backend(asked, variable):
    """In a fresh process: Keras must not have been imported before the choice was made."""
    code = """
        import sys, types
        fake = types.ModuleType("mnist_tutorial")
        def run(out, **options):
            import keras
            print("backend:", keras.backend.backend())
        fake.run = run
        sys.modules["semihard.recipes.mnist_tutorial"] = fake
        from semihard import cli
        assert "keras" not in sys.modules, "keras was imported before the backend was chosen"
        sys.exit(cli.main())
    """
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    environment |= {"KERAS_BACKEND": variable} if variable else {}
    options = ["--backend", asked] if asked else []
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), "tutorial", *options],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert f"backend: {asked or variable or INSTALLED[0]}" in done.stdout


def test_a_file_that_outgrows_what_is_allowed(tmp_path):
    """The system refuses to grow any file beyond 100 kB, as a full disk would; the model needs 1.6 MB."""
    before = """
import functools, resource
from semihard.recipes import mnist_tutorial
mnist_tutorial.run = functools.partial(mnist_tutorial.run, train_digits=64, test_digits=50)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
"""
    process = start(["tutorial", "--epochs", "2", "--out", str(tmp_path)], before)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 1, err
    (line,) = own_lines(err)
    assert "File too large" in line
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_preflight_of_a_table(tmp_path, capsys):
    table = tmp_path / "table.csv"
    table.write_text("path,label\n" + "".join(f"{i}.png,c{i % 1000}\n" for i in range(10_000)))
    assert cli.main(["preflight", str(table)]) == 0
    printed = capsys.readouterr().out
    assert "10,000 samples of 1,000 classes" in printed
    assert "BatchPlan(labels, classes_per_batch=8, samples_per_class=4)" in printed


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
    from semihard.projector import write_tsv

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
        (["meta.tsv", "meta.tsv"], 1, "numbers separated by tabs"),
        ([".", "--column", "kind"], 1, "column 'kind'"),
        ([".", "--plot", "e.gif"], 1, ".png or .svg"),
        ([".", "-k", "0"], 2, "at least 1"),
    ],
)
def test_evaluate_of_something_else_is_one_line(saved, monkeypatch, capsys, arguments, status, message):
    monkeypatch.chdir(saved)
    assert cli.main(["evaluate", *arguments]) == status
    err = capsys.readouterr().err
    assert message in err
    assert err.startswith("semihard: ")
    assert err.count("\n") == 1


def test_evaluate_of_vectors_that_lack_a_label(saved, capsys):
    (saved / "meta.tsv").write_text("a\nb\n")
    assert cli.main(["evaluate", str(saved)]) == 1
    assert "6 embeddings" in capsys.readouterr().err
