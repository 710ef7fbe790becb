"""The benchmarks of large searches, which need no Keras: a tiny one, and the arithmetic of exponents."""

import sys

import pytest

from benchmarks import __main__ as command
from benchmarks.exponents.driver import as_memory, as_time
from benchmarks.exponents.fit import power


@pytest.fixture(autouse=True)
def this_environment(tmp_path, monkeypatch):
    """Ours needs nothing of its own environment, so that this one will do; the command changes the path."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    python = tmp_path / "ann" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("SEMIHARD_BENCH_VENVS", str(tmp_path))


def test_a_corpus_of_few(capsys):
    options = ["--sizes", "300", "--dims", "8", "--ks", "3", "--sides", "ours", "file", "report", "--threads", "1"]
    command.main(["corpus", *options])
    text = capsys.readouterr().out
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith(("| 3 ", "| – "))]
    assert [row[1].strip() for row in rows] == ["ours", "ours, from a file", "the whole report"]
    assert "Left out" not in text


def test_a_power_is_found_again():
    """3 · n²: every slope is 2. With a step of 4 between 10 and 20 and of 16 between 20 and 40, 2 and 4."""
    law = power([10, 20, 40], [300, 1200, 4800])
    assert (law.exponent, law.low, law.high, law.last) == pytest.approx((2, 2, 2, 2))
    assert law.at(400, 1) == pytest.approx((48_000, 480_000))
    assert power([10, 20], [15, 25]).linear(40) == pytest.approx((45, 50))  # 5 and one each
    law = power([40, 10, 20], [64, 1, 4])
    assert (law.low, law.high, law.last, law.size, law.value) == pytest.approx((2, 4, 4, 40, 64))


def test_predictions_are_said_with_two_digits():
    said = [as_time(seconds) for seconds in (0.0123, 59, 7300, 200_000, 1e9)]
    assert said == ["0.012 seconds", "59 seconds", "2 hours", "2.3 days", "32 years"]
    assert [as_memory(megabytes) for megabytes in (1.26, 51_200, 1_024_000)] == ["1.3 MB", "51 GB", "1 TB"]
