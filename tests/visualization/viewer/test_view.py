"""What `make_view` finds, leaves out and refuses."""

import numpy as np
import pytest

from semihard.visualization import make_view, write_sprite
from semihard.visualization.viewer import view

VECTORS = np.random.default_rng(0).normal(size=(30, 5))
LABELS = list("abc" * 10)


def test_neighbours_are_exact_at_every_epoch():
    epochs = {"epoch 1": VECTORS[::-1].copy(), "epoch 2": VECTORS}
    found = make_view(VECTORS, LABELS, epochs=epochs, methods=["pca"], k=4)
    assert [frame.name for frame in found.frames] == ["epoch 1", "epoch 2"]  # the last is what was given
    for frame, vectors in zip(found.frames, epochs.values(), strict=True):
        apart = np.linalg.norm(vectors[:, None] - vectors, axis=2)
        np.fill_diagonal(apart, np.inf)
        np.testing.assert_array_equal(frame.neighbours.ids, np.argsort(apart, axis=1)[:, :4])
        np.testing.assert_allclose(frame.neighbours.distances, np.sort(apart, axis=1)[:, :4], rtol=1e-6)


def test_embeddings_that_are_no_epoch_come_last():
    found = make_view(VECTORS, LABELS, epochs={"epoch 1": VECTORS + 1}, methods=["pca"], k=0)
    assert [frame.name for frame in found.frames] == ["epoch 1", "the end"]


def test_methods_in_the_order_asked_for():
    found = make_view(VECTORS, LABELS, methods=["pca", "tsne", "pca"], k=1)
    assert found.methods == ["PCA", "t-SNE"]
    assert [len(frame.maps) for frame in found.frames] == [2]


def test_many_samples_are_not_searched_unless_asked(monkeypatch):
    monkeypatch.setattr(view, "SEARCH_LIMIT", 29)
    monkeypatch.setattr(view, "UMAP_LIMIT", 29)
    found = make_view(VECTORS, LABELS)
    assert found.methods == ["PCA"]
    assert found.frames[0].neighbours is None
    assert len(found.notes) == 2
    assert "not searched" in found.notes[1]
    assert "-k 15" in found.notes[1]
    asked = make_view(VECTORS, LABELS, methods=["pca"], k=3)
    assert asked.frames[0].neighbours.ids.shape == (30, 3)
    assert asked.notes == []


def test_few_samples_have_fewer_neighbours():
    found = make_view([[0.0], [1.0], [3.0]], ["a", "a", "b"], methods=["pca"])
    assert found.frames[0].neighbours.ids.tolist() == [[1, 2], [0, 2], [1, 0]]
    single = make_view([[0.0]], ["a"], methods=["pca"])
    assert single.frames[0].neighbours is None


def test_pictures_from_an_array_and_from_a_file(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, size=(30, 8, 8), dtype=np.uint8)
    path = write_sprite(images, tmp_path / "sprite.png")
    by_array = make_view(VECTORS, LABELS, images=images, methods=["pca"], k=0).sheets
    by_path = make_view(VECTORS, LABELS, images=str(path), methods=["pca"], k=0).sheets
    assert by_array == by_path


def test_pictures_that_a_page_cannot_hold_are_left_out_and_said_so(monkeypatch):
    monkeypatch.setattr("semihard.visualization.viewer.sheets._SMALLEST", 65)
    found = make_view(VECTORS, LABELS, images=np.zeros((30, 8, 8), np.uint8), methods=["pca"], k=0)
    assert found.sheets is None
    assert found.notes == ["Pictures are left out: the page cannot hold those of 30 samples."]


def test_progress_names_each_stage():
    seen = []
    make_view(VECTORS, LABELS, methods=["pca"], k=2, progress=lambda *at: seen.append(at))
    assert seen[-1] == ("laid out by PCA", 1, 1)
    assert ("searched", 30, 30) in seen


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"methods": ["mds"]}, ValueError, "'umap', 'tsne', 'pca'.*'mds'"),
        ({"methods": "pca"}, TypeError, "a list of umap, tsne, pca"),
        ({"methods": []}, TypeError, "a list of"),
        ({"k": -1}, ValueError, "`k` to be at least 0"),
        ({"seed": -1}, ValueError, "`seed` to be at least 0"),
        ({"label": "kind"}, ValueError, "column 'kind'"),
        ({"epochs": {"epoch 1": VECTORS[:5]}}, ValueError, r"epoch 1.*\(30, 5\).*\(5, 5\)"),
        ({"images": np.zeros((5, 8, 8), np.uint8)}, ValueError, r"shape \[30, height"),
    ],
)
def test_what_is_refused(options, error, message):
    metadata = {"label": LABELS, "other": LABELS} if "label" in options else LABELS
    with pytest.raises(error, match=message):
        make_view(VECTORS, metadata, **{"methods": ["pca"], "k": 0, **options})


def test_embeddings_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match=r"finite.*first in row 2"):
        make_view([[0.0], [1.0], [np.nan]], list("abc"))
