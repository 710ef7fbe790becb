"""`semihard view RUN --tensorboard`: which directory is served, and how it fails."""

import numpy as np
import pytest

from semihard import cli
from semihard.visualization import write_projector_config, write_tensor, write_tsv


@pytest.fixture
def served(monkeypatch):
    calls = []
    monkeypatch.setattr(
        "semihard.visualization.projector.tensorboard.serve", lambda *given, **options: calls.append((*given, options))
    )
    return calls


def test_a_run_is_written_and_served(tmp_path, served):
    write_tsv(np.eye(3), ["a", "b", "c"], tmp_path)
    assert cli.main(["view", str(tmp_path), "--tensorboard", "--port", "6006"]) == 0
    assert cli.main(["view", str(tmp_path), "--tensorboard", "--no-open"]) == 0
    directory = tmp_path / "tensorboard"
    assert served == [(directory, 6006, {"open_browser": True}), (directory, 0, {"open_browser": False})]
    assert (directory / "projector_config.pbtxt").is_file()
    assert not (tmp_path / "view.html").exists()


def test_a_log_directory_is_served_as_it_is(tmp_path, served):
    write_projector_config(tmp_path, [write_tensor(np.eye(3), tmp_path / "epoch-1.bytes")])
    assert cli.main(["view", str(tmp_path), "--tensorboard"]) == 0
    assert served == [(tmp_path, 0, {"open_browser": True})]


def test_failures_are_one_line(tmp_path, served, capsys):
    vecs, meta = write_tsv(np.eye(3), ["a", "b", "c"], tmp_path)
    assert cli.main(["view", str(vecs), str(meta), "--tensorboard"]) == 2
    meta.write_text("a\n")
    assert cli.main(["view", str(tmp_path), "--tensorboard"]) == 1
    meta.unlink()
    assert cli.main(["view", str(tmp_path), "--tensorboard"]) == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert "expected a directory with --tensorboard" in errors[0]
    assert "so 3. Received: 1 labels" in errors[1]
    assert "no meta.tsv" in errors[2]
    assert served == []
