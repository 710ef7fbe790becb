"""The benchmarks still run: each tells its options, and the cheapest of them measures something, on the active backend.

What they find is not tested here, except for numbers that do not depend on the machine.
"""

import re
import sys

import keras
import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks.harness import page
from benchmarks.harness.checkout import CHECKOUT, BenchmarkError, checkout_of
from benchmarks.mining.batches import Batch
from benchmarks.mining.driver import PEERS
from benchmarks.mining.strategies import STRATEGIES
from benchmarks.trace.calls import calls_in

BACKEND = keras.backend.backend()
pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    """The command puts the checkout's source first, which is no other test's business."""
    monkeypatch.setattr(sys, "path", [*sys.path])


def cells(text: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading."""
    lines = text[text.index(heading) :].splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


@pytest.mark.parametrize("case", sorted(command.cases()))
def test_a_case_tells_its_options(case, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main([case, "--help"])
    assert ended.value.code == 0
    assert f"python -m benchmarks {case}" in capsys.readouterr().out


def test_every_case_is_listed_here_and_in_the_readme(capsys):
    command.main([])
    listed = re.findall(r"^  (\w+) ", capsys.readouterr().out, re.MULTILINE)
    readme = (CHECKOUT / "benchmarks" / "README.md").read_text("utf-8")
    assert sorted(listed) == sorted(re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE)) == sorted(command.cases())


def test_an_unknown_case_and_a_folder_that_is_no_checkout_are_told_in_a_line(tmp_path):
    with pytest.raises(SystemExit, match=r"Expected a case of addons_tests, .* Received: 'minnig'"):
        command.main(["minnig"])
    with pytest.raises(BenchmarkError, match=r"Expected a checkout of semihard, with src/semihard\. Received: "):
        checkout_of(str(tmp_path))


def test_workers_of_peers_import_nothing_of_ours():
    """In their environments there is no semihard, and the driver's half of the harness is of no use to them."""
    allowed = {"serve", "clock", "memory", "steps", "mnist"}
    shared = [CHECKOUT / "benchmarks" / "harness" / f"{name}.py" for name in sorted(allowed)]
    peers = [*(CHECKOUT / "benchmarks").glob("*/peer*.py"), *(CHECKOUT / "benchmarks").glob("*/worker.py")]
    peers.remove(CHECKOUT / "benchmarks" / "harness" / "worker.py")
    assert len(peers) > 10
    for path in [*shared, *peers]:
        found = re.findall(r"^ *(?:from|import) ([\w.]+)", path.read_text("utf-8"), re.MULTILINE)
        harness = {name.split(".")[2] for name in found if name.startswith("benchmarks.harness.")}
        assert harness <= allowed, path
        # Where a driver asks which semihard runs, it is imported by name.
        ours = {name for name in found if name.split(".")[0] == "semihard"}
        assert ours <= ({"semihard"} if path.name == "serve.py" else set()), path


def test_a_table_aligns_figures_right_and_words_left():
    assert page.table(["loss", "ms"], [["all", "1.0"]], words=["loss"]) == "| loss | ms |\n|---|---:|\n| all | 1.0 |"


def brute_force(strategy: str, labels: np.ndarray, x: np.ndarray) -> float:
    """The loss from its definition, triplet by triplet."""
    distances = np.linalg.norm(x[:, None] - x[None], axis=2)
    costs = []
    for anchor in range(len(x)):
        negatives = [distances[anchor, n] for n in range(len(x)) if labels[n] != labels[anchor]]
        positives = [distances[anchor, p] for p in range(len(x)) if labels[p] == labels[anchor] and p != anchor]
        if strategy == "batch-hard":
            costs.append(max(1 + max(positives, default=0.0) - min(negatives), 0))
        elif strategy == "batch-all":
            costs += [1 + p - n for p in positives for n in negatives if 1 + p - n > 0]
        else:
            chosen = [min([n for n in negatives if n > p], default=max(negatives)) for p in positives]
            costs += [max(1 + p - n, 0) for p, n in zip(positives, chosen, strict=True)]
    return sum(costs) / len(costs)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_the_oracle_is_the_definition(strategy, scale):
    """At three times the length, many triplets pay nothing."""
    labels, x = Batch("10 classes", 24, 3).arrays()
    x = x.astype("float64") * scale
    assert STRATEGIES[strategy].loss(labels, x) == pytest.approx(brute_force(strategy, labels, x), rel=1e-12)


def test_calls_within_a_folder(tmp_path, monkeypatch):
    """outside → a.first → (outside) → b.second → b.third: the caller of `second` is a's `first`."""
    (tmp_path / "traced_a.py").write_text("def first(through):\n    import traced_b\n    through(traced_b.second)\n")
    (tmp_path / "traced_b.py").write_text("def third():\n    pass\ndef second():\n    third()\n")
    monkeypatch.syspath_prepend(tmp_path)
    import traced_a
    import traced_b  # noqa: F401  (so that its body is no call)

    found = calls_in(tmp_path, lambda: traced_a.first(lambda call: call()))
    assert found == [
        ["", "traced_a.py", "first"],
        ["traced_a.py", "traced_b.py", "second"],
        ["traced_b.py", "traced_b.py", "third"],
    ]
    del sys.modules["traced_a"], sys.modules["traced_b"]


def test_the_trace_of_a_loss(capsys):
    """The page counts what `--list` prints."""
    command.main(["trace", "--list", "--batch", "32", "--losses", "TripletSemiHardLoss()"])
    text = capsys.readouterr().out
    _, files, crossings, _, calls = map(str, cells(text, "# The way")[0])
    lines = re.findall(r"^([> ]) (\S+) -> (\S+): ", text, re.MULTILINE)
    assert (int(files), int(crossings), int(calls)) == (
        len({to for _, _, to in lines}),
        sum(start != to for _, start, to in lines),
        len(lines),
    )
    assert all((mark == ">") == (start != to) for mark, start, to in lines)
    assert lines[0][1] == "outside"
    assert "losses/triplet_semihard.py" in {to for _, _, to in lines}


def test_mining_of_a_tiny_batch(capsys):
    options = ["--sizes", "32", "--layouts", "K = 4", "--peers", BACKEND, "--rounds", "1", "--seconds", "0.01"]
    command.main(["mining", *options, "--no-memory", "--loss", "batch-hard"])
    text = capsys.readouterr().out
    assert text.startswith("# Batch-hard mining: time and memory\n")
    size, layout, milliseconds = cells(text, "## Milliseconds a step")[0]
    assert (size, layout) == ("32", "K = 4")
    assert float(milliseconds) > 0
    assert float(re.search(r"from a float64 NumPy loop: (\S+)\.\s", text)[1]) < 1e-5


def test_what_is_mined_by_default_can_mine():
    folder = CHECKOUT / "benchmarks/mining"
    assert {f"peer_{name}.py" for name in PEERS} == {path.name for path in folder.glob("peer_*.py")}


def test_the_nearest_of_thirty_classes(capsys):
    """Without images nothing is trained."""
    options = ["--samples", "300", "--sides", "classes", "samples", "--backend", BACKEND]
    command.main(["hard_classes", *options])
    text = capsys.readouterr().out
    found = cells(text, "## Finding them")
    assert [samples for _, samples, *_ in found] == ["300", "300"]
    assert all(float(seconds) > 0 for _, _, seconds, *_ in found)
    assert "On classes that were never seen" not in text


def test_a_gallery_of_few(tmp_path, monkeypatch, capsys):
    """Ours needs nothing of its own environment, so that this one will do. An exact search finds all, in float32."""
    python = tmp_path / "ann" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("SEMIHARD_BENCH_VENVS", str(tmp_path))
    command.main(["gallery", "--sizes", "300", "--dim", "8", "--sides", "exact"])
    text = capsys.readouterr().out
    side, build, *_, recall, _, _ = cells(text, "## 300 items")[0]
    assert (side, recall) == ("ours, exact", "1.0000")
    assert float(build) > 0
    assert "ran beside it" in text or "Nothing else ran" in text
