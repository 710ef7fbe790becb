"""A bundle is opened whole or refused by the name of what is damaged."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import keras
import numpy as np
import pytest

import semihard
from semihard._core.extras import MissingPackage
from semihard._core.runs.sealed import sealed
from semihard.workflows.exporting import Bundle, _runtimes
from tests.workflows.exporting.without_keras import printed
from tests.workflows.searching.shapes import shapes, untrained

pytestmark = pytest.mark.skipif(
    keras.backend.backend() == "jax" and not find_spec("jax2onnx"), reason="ONNX cannot be made here"
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    untrained(folder / "run")
    shapes(folder / "photos", range(3), each=3)
    semihard.index(folder / "run", folder / "photos", folder / "gallery", threshold=0.5)
    semihard.export(folder / "run", folder / "bundle", gallery=folder / "gallery", formats=["onnx"])
    return folder / "bundle"


@pytest.fixture
def bundle(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "bundle")


@pytest.mark.parametrize("name", ["model.keras", "model.onnx", "preprocessing.json", "infer.py", "bundle.json"])
def test_one_bit_more_or_less(bundle, name):
    data = bytearray((bundle / name).read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / name).write_bytes(data)
    with pytest.raises(ValueError, match=f"Expected .*{name} as it was exported"):
        Bundle.open(bundle)


def test_a_damaged_gallery(bundle):
    (vectors,) = bundle.glob("gallery/version-*/vectors.npy")
    vectors.write_bytes(vectors.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"vectors\.npy as it was saved"):
        Bundle.open(bundle)


def test_a_missing_file(bundle):
    (bundle / "preprocessing.json").unlink()
    with pytest.raises(ValueError, match=r"preprocessing\.json as it was exported. Received: No such file"):
        Bundle.open(bundle)


def test_no_bundle(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"with no bundle\.json in it"):
        Bundle.open(tmp_path)
    with pytest.raises(FileNotFoundError, match="which is no directory"):
        Bundle.open(tmp_path / "nowhere")


def test_a_file_outside_of_the_bundle(bundle):
    """Even with a SHA-256 that fits."""
    told = json.loads((bundle / "bundle.json").read_text())
    del told["sha256"]
    told["files"]["../secret"] = told["files"]["model.keras"]
    (bundle / "bundle.json").write_text(json.dumps(sealed(told)))
    with pytest.raises(ValueError, match="a file outside of the bundle"):
        Bundle.open(bundle)


def test_runtimes(bundle, monkeypatch):
    assert Bundle.open(bundle).runtime == "onnx"
    with pytest.raises(ValueError, match=r"holds a model for: 'onnx', 'keras'\. Received: runtime='litert'"):
        Bundle.open(bundle, runtime="litert")
    monkeypatch.setattr(_runtimes, "find_spec", lambda module: None if module == "onnxruntime" else module)
    assert Bundle.open(bundle).runtime == "keras"
    with pytest.raises(MissingPackage, match=r"onnxruntime.*semihard\[export\]"):
        Bundle.open(bundle, runtime="onnx")


@pytest.mark.parametrize("runtime", ["onnx", "keras"])
def test_several_threads(bundle, runtime):
    opened = Bundle.open(bundle, runtime=runtime)
    pixels = np.random.default_rng(0).integers(256, size=(40, *opened.preprocessing.shape)).astype(np.uint8)
    expected = opened.embed(pixels)
    assert expected.shape == (40, opened.dim)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda row: opened.embed(pixels[row : row + 1])[0], range(40)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_pixels_of_another_shape(bundle):
    opened = Bundle.open(bundle)
    assert opened.embed(np.empty((0, 16, 16, 3), np.uint8)).shape == (0, 8)
    with pytest.raises(ValueError, match=r"to be \[n, 16, 16, 3\]. Received: shape \(16, 16, 3\)"):
        opened.embed(np.zeros((16, 16, 3), np.uint8))


def test_one_may_add_to_the_gallery(bundle):
    opened = Bundle.open(bundle)
    vectors = opened.embed(np.zeros((1, 16, 16, 3), np.uint8))
    opened.gallery.add(vectors, ["black"], model=opened.model)
    opened.gallery.save()
    again = Bundle.open(bundle)
    assert again.gallery_path == bundle / "gallery"
    assert again.gallery.match(vectors).labels.tolist() == ["black"]


def test_keras_is_not_imported(bundle):
    code = "from semihard.workflows.exporting import Bundle; print(Bundle.open(sys.argv[1]).runtime)"
    assert printed(code, str(bundle)) == "onnx\n"
