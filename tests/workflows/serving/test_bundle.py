"""A bundle that `semihard.export` wrote, served."""

import json
from importlib.util import find_spec

import keras
import numpy as np
import pytest

import semihard
from semihard.gallery import Gallery
from semihard.workflows.exporting import Bundle
from tests.workflows.searching.shapes import indexed
from tests.workflows.serving.client import client

PHOTO = "photos/shape_01/2.png"
MAKER = {"tensorflow": "tf2onnx", "jax": "jax2onnx", "torch": "onnx"}[keras.backend.backend()]
FORMATS = ["onnx"] if find_spec(MAKER) and find_spec("onnxruntime") else []


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = indexed(tmp_path_factory.mktemp("made"), classes=4, each=3, threshold=0.05)
    semihard.export(folder / "gallery", folder / "bundle", formats=FORMATS)
    return folder


@pytest.mark.parametrize("runtime", ["keras", *FORMATS])
def test_it_says_what_semihard_search_says(made, runtime):
    """Of the same model; the distance of a picture to itself is the square root of what float32 rounds."""
    with client(Bundle.open(made / "bundle", runtime=runtime)) as asked:
        status, told = asked.post("/search?k=4", (made / PHOTO).read_bytes())
    expected = json.loads(semihard.search(made / "gallery", made / PHOTO, k=4).to_json())
    (query,), (wanted,) = told["queries"], expected["queries"]
    assert (status, query["name"], wanted["name"]) == (200, "shape_01", "shape_01")
    assert [row["id"] for row in query["neighbors"]] == [row["id"] for row in wanted["neighbors"]]
    distances = [[row["distance"] for row in one["neighbors"]] for one in (query, wanted)]
    np.testing.assert_allclose(*distances, atol=1e-3)


def test_what_is_added_to_a_bundle_stays_in_it_and_it_is_whole(made):
    bundle = Bundle.open(made / "bundle", runtime="keras")
    with client(bundle, allow_add=True) as asked:
        assert asked.post("/add?label=new&id=n", (made / PHOTO).read_bytes())[0] == 201
    again = Bundle.open(made / "bundle", runtime="keras")
    assert again.gallery.labels == [*bundle.gallery.labels, "new"]
    assert len(Gallery.open(made / "gallery")) == len(again.gallery) - 1
