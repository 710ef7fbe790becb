"""The config: TensorBoard's own message and its own parser read what was written."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semihard.visualization import write_projector_config, write_sprite, write_tensor, write_tsv
from semihard.visualization.projector import config


def parsed(text: str):
    text_format = pytest.importorskip("google.protobuf.text_format")
    pb2 = pytest.importorskip("tensorboard.plugins.projector.projector_config_pb2")
    return text_format.Parse(text, pb2.ProjectorConfig())


def test_every_field_as_tensorboard_reads_it(tmp_path):
    (tmp_path / "below").mkdir()
    tensors = [write_tensor(np.eye(3, 4) + i, tmp_path / "below" / f"epoch-{i}.bytes") for i in range(2)]
    _, labels = write_tsv(np.eye(3), [1, 2, 3], tmp_path / "below")
    sprite = write_sprite(np.zeros((3, 5, 7), np.uint8), tmp_path / '~a "quoted" ü\\.png')
    path = write_projector_config(tmp_path, tensors, metadata=labels, sprite=sprite)
    assert path == tmp_path / "projector_config.pbtxt"
    found = parsed(path.read_text()).embeddings
    for i, embedding in enumerate(found):
        assert embedding.tensor_name == f"epoch-{i}"
        assert embedding.tensor_path == f"below/epoch-{i}.bytes"
        assert list(embedding.tensor_shape) == [3, 4]
        assert embedding.metadata_path == "below/meta.tsv"
        assert embedding.sprite.image_path == './~a "quoted" ü\\.png'
        assert list(embedding.sprite.single_image_dim) == [7, 5]
    assert len(found) == 2


def test_a_tensor_alone(tmp_path):
    path = write_projector_config(tmp_path, [write_tensor(np.eye(2), tmp_path / "a.bytes")])
    (found,) = parsed(path.read_text()).embeddings
    assert not found.metadata_path
    assert not found.sprite.image_path


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_string_survives_the_text_format(text):
    (embedding,) = parsed(f"embeddings {{ tensor_path: {config._quoted(text)} }}").embeddings
    assert embedding.tensor_path == text


def test_nothing_outside_of_the_directory(tmp_path):
    """Neither by its path, nor by "..", nor by a link."""
    inside = tmp_path / "inside"
    inside.mkdir()
    tensor = write_tensor(np.eye(2), inside / "a.bytes")
    (tmp_path / "secret.tsv").write_text("x\ny\n")
    (inside / "link.tsv").symlink_to(tmp_path / "secret.tsv")
    for path in (tmp_path / "secret.tsv", inside / ".." / "secret.tsv", inside / "link.tsv"):
        with pytest.raises(ValueError, match="to lie in"):
            write_projector_config(inside, [tensor], metadata=path)
    with pytest.raises(ValueError, match="to lie in"):
        write_projector_config(inside, [write_tensor(np.eye(2), tmp_path / "b.bytes")])
    assert not (inside / "projector_config.pbtxt").exists()


def test_wrong_arguments_leave_no_file(tmp_path):
    def tensor(name, rows=2):
        return write_tensor(np.eye(rows), tmp_path / name)

    write_sprite(np.zeros((10, 3, 3), np.uint8), tmp_path / "sprite.png")
    for tensors, match in (
        ([], "Received: none"),
        ([tensor("a"), tensor("b", 3)], r"same number of rows. Received: \[2, 3\]"),
        ([tensor("a.x"), tensor("a.y")], "names of their own. Received: a, a"),
        ([tensor("a&b")], "'a&b'"),
        ([tensor("a:0")], "another name"),
    ):
        with pytest.raises(ValueError, match=match):
            write_projector_config(tmp_path, tensors)
    with pytest.raises(ValueError, match="17 pictures on a grid of 5 × 5"):
        write_projector_config(tmp_path, [tensor("a", 17)], sprite=tmp_path / "sprite.png")
    with pytest.raises(FileNotFoundError):
        write_projector_config(tmp_path, [tensor("a")], metadata=tmp_path / "absent.tsv")
    assert not (tmp_path / "projector_config.pbtxt").exists()
