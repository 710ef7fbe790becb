"""What a run becomes for TensorBoard: nothing lost, nothing from elsewhere."""

import numpy as np
import pytest

from semihard.visualization import read_metadata, read_sprite, write_log_directory, write_tsv
from tests.visualization.projector.tensorboard.runs import write_run


def test_everything_is_there(tmp_path):
    vectors, columns, pictures = write_run(tmp_path)
    directory = write_log_directory(tmp_path)
    assert directory == tmp_path / "tensorboard"
    np.testing.assert_array_equal(np.fromfile(directory / "embeddings.bytes", "<f4").reshape(vectors.shape), vectors)
    assert read_metadata(directory / "meta.tsv") == columns
    np.testing.assert_array_equal(read_sprite(directory / "sprite.png", len(vectors)), pictures)
    config = (directory / "projector_config.pbtxt").read_text()
    assert 'sprite { image_path: "sprite.png" single_image_dim: [8, 8] }' in config
    assert sorted(path.name for path in directory.iterdir()) == [
        "embeddings.bytes",
        "meta.tsv",
        "projector_config.pbtxt",
        "sprite.png",
    ]


def test_the_epochs_that_the_run_kept(tmp_path):
    """In the order of the alphabet, in which TensorBoard lists them, the embeddings come first, then the epochs."""
    vectors, _, _ = write_run(tmp_path)
    (tmp_path / "epochs").mkdir()
    for epoch in (1, 2, 10):
        np.save(tmp_path / "epochs" / f"{epoch:03}.npy", vectors * epoch)
    np.save(tmp_path / "epochs" / "notes.npy", vectors)
    directory = write_log_directory(tmp_path)
    tensors = sorted(path.name for path in directory.glob("*.bytes"))
    assert tensors == ["embeddings.bytes", "epoch-0001.bytes", "epoch-0002.bytes", "epoch-0010.bytes"]
    found = np.fromfile(directory / "epoch-0010.bytes", "<f4").reshape(vectors.shape)
    np.testing.assert_array_equal(found, vectors * 10)
    config = (directory / "projector_config.pbtxt").read_text()
    assert [f'tensor_path: "{name}"' in config for name in tensors] == [True] * 4


def test_again_after_the_run_has_changed(tmp_path):
    write_run(tmp_path)
    write_log_directory(tmp_path)
    (tmp_path / "sprite.png").unlink()
    write_tsv(np.eye(3), ["a", "b", "c"], tmp_path)
    config = (write_log_directory(tmp_path) / "projector_config.pbtxt").read_text()
    assert "tensor_shape: [3, 3]" in config
    assert "sprite" not in config


def test_files_of_windows_lose_their_carriage_returns(tmp_path):
    """The projector ends lines at LF alone, and would show the CR as a part of each label."""
    (tmp_path / "vecs.tsv").write_bytes(b"1\t2\r\n3\t4\r\n")
    (tmp_path / "meta.tsv").write_bytes(b"a\r\nb\r\n")
    assert (write_log_directory(tmp_path) / "meta.tsv").read_bytes() == b"a\nb\n"


@pytest.mark.parametrize("name", ["vecs.tsv", "meta.tsv", "sprite.png", "tensorboard"])
def test_a_link_that_leaves_the_run_is_refused(tmp_path, name):
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    run.mkdir()
    elsewhere.mkdir()
    write_run(run)
    (elsewhere / name).touch()
    (run / name).unlink(missing_ok=True)
    (run / name).symlink_to(elsewhere / name)
    with pytest.raises(ValueError, match=f"a link to .*elsewhere/{name}"):
        write_log_directory(run)
    assert name == "tensorboard" or not (run / "tensorboard").exists()


def test_a_link_inside_of_the_run_is_followed(tmp_path):
    write_run(tmp_path)
    (tmp_path / "vecs.tsv").rename(tmp_path / "epoch-9.tsv")
    (tmp_path / "vecs.tsv").symlink_to("epoch-9.tsv")
    assert (write_log_directory(tmp_path) / "embeddings.bytes").exists()


def test_broken_runs_raise(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_log_directory(tmp_path)
    write_tsv(np.eye(3), ["a", "b", "c"], tmp_path)
    (tmp_path / "meta.tsv").write_text("a\nb\n")
    with pytest.raises(ValueError, match=r"so 3\. Received: 2 labels"):
        write_log_directory(tmp_path)
    assert not (tmp_path / "tensorboard").exists()
