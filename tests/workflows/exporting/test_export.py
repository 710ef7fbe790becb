"""A bundle of a run: each format makes the vectors of Keras, and the script without Keras says what `search` says."""

import contextlib
import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest

import semihard
from semihard import visualization
from semihard._core.extras import MissingPackage
from semihard.gallery import Gallery
from semihard.workflows._job import computing_in
from semihard.workflows.exporting import Bundle, _export, _make_format
from tests.workflows.exporting.nets import convolutional
from tests.workflows.exporting.without_keras import printed
from tests.workflows.searching.shapes import untrained
from tests.workflows.training.photos import photos

BACKEND = keras.backend.backend()
# What each backend makes, and the module that it takes. ONNX on JAX takes forty, and cannot express max pooling.
MADE = {
    "tensorflow": {"onnx": "tf2onnx", "saved_model": "tensorflow", "litert": "keras.src.export.litert"},
    "jax": {"saved_model": "tensorflow"},
    "torch": {"onnx": "onnx", "litert": "litert_torch"},
}[BACKEND]
FORMATS = [name for name, module in MADE.items() if find_spec(module)]
with_onnx = pytest.mark.skipif("onnx" not in FORMATS, reason="ONNX cannot be made here")
FILES = {"onnx": "model.onnx", "saved_model": "saved_model", "litert": "model.tflite"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run, a gallery that names about half of what it is asked, and a bundle of it."""
    folder = tmp_path_factory.mktemp("made")
    photos(folder / "photos")
    convolutional(folder / "run")
    semihard.index(folder / "run", folder / "photos", folder / "gallery", threshold=0.05)
    exported = semihard.export(folder / "gallery", folder / "bundle", int8="onnx" in FORMATS)
    return folder, exported


@pytest.fixture(scope="module")
def bundle(made):
    return made[0] / "bundle"


@pytest.fixture(scope="module")
def pixels(bundle, made):
    read = semihard.data.Preprocessing.from_json(bundle / "preprocessing.json")
    return np.stack([read(path) for path in sorted((made[0] / "photos").rglob("*.png"))[::7]])


@pytest.fixture(scope="module")
def expected(bundle, pixels):
    """The vectors of the Keras model in the bundle."""
    return np.asarray(keras.models.load_model(bundle / "model.keras").predict(pixels, verbose=0))


def about(bundle):
    return json.loads((bundle / "bundle.json").read_text())


def test_each_format_that_can_be_made_is_there_and_others_say_why(bundle, made):
    assert [name for name, file in FILES.items() if (bundle / file).exists()] == FORMATS
    assert set(made[1].not_made) == set(FILES) - set(FORMATS) == set(about(bundle)["not_made"])
    for name, reason in made[1].not_made.items():
        assert f"No {name}: {reason}" in str(made[1])


@pytest.mark.parametrize("name", FORMATS)
def test_vectors_are_those_of_keras_at_any_batch(bundle, pixels, expected, name):
    if name == "saved_model":
        loaded = __import__("tensorflow").saved_model.load(str(bundle / "saved_model"))
        embed = lambda some: np.asarray(loaded.serve(some.astype(np.float32)))  # noqa: E731
    else:
        opened = Bundle.open(bundle, runtime=name)
        assert opened.runtime == name
        embed = opened.embed
    for batch in (1, 5):
        np.testing.assert_allclose(embed(pixels[:batch]), expected[:batch], rtol=0, atol=1e-5)


def test_parity_is_told_in_decisions(bundle, made):
    told = about(bundle)["parity"]
    assert set(told) == set(made[1].parity) == {*FORMATS, *(["int8"] if "onnx" in FORMATS else [])}
    for name in FORMATS:
        assert told[name]["samples"] == 36
        assert told[name]["largest"] < 1e-5
        assert told[name]["neighbors"] == {"flipped": 0, "decisions": 36}
        assert told[name]["names"] == {"flipped": 0, "decisions": 36}
    if "int8" in told:
        assert told["int8"]["samples"] == 18  # it was fitted to the others
        assert 0 < told["int8"]["mean"] < 0.05
    assert "measured on 36 pictures of the gallery" in str(made[1])


def test_a_run_alone_is_judged_on_what_it_has_held_out(made, tmp_path):
    """12 of the pictures, which make 66 pairs; one of them is gone."""
    run = shutil.copytree(made[0] / "run", tmp_path / "run")
    held = sorted((made[0] / "photos").rglob("[01].png"))
    paths = [*map(str, held), "nowhere.png"]
    visualization.write_tsv(
        np.zeros((13, 2)), {"label": [Path(path).parent.name for path in paths], "path": paths}, run
    )
    exported = semihard.export(run, tmp_path / "bundle", formats=FORMATS[:1])
    assert "measured on 12 pictures that the run has held out" in str(exported)
    for parity in exported.parity.values():
        assert (parity.neighbors, parity.names, parity.pairs) == ((0, 12), None, (0, 66))
    assert not (tmp_path / "bundle" / "gallery").exists()


@with_onnx
def test_a_quantised_model_is_smaller(bundle):
    opened = Bundle.open(bundle, runtime="int8")
    assert opened.runtime == "int8"
    assert (bundle / "model-int8.onnx").stat().st_size < 0.5 * (bundle / "model.onnx").stat().st_size


def test_the_bundle_is_described(bundle, made):
    told, files = about(bundle), semihard.workflows.searching.run_files.find_run(made[0] / "run")
    assert told["model"] == files.hash == Bundle.open(bundle).model
    assert told["gallery"]["labels"] == [f"class_{number:02}" for number in range(6)]
    assert told["gallery"]["threshold"]["value"] == 0.05
    assert set(told["files"]) == {
        path.relative_to(bundle).as_posix()
        for path in bundle.rglob("*")
        if path.is_file() and "gallery" not in path.parts and path.name != "bundle.json"
    }
    ours, theirs = Gallery.open(bundle / "gallery"), Gallery.open(made[0] / "gallery")
    assert (ours.ids, ours.threshold, ours.model) == (theirs.ids, theirs.threshold, files.hash)
    assert str(made[0]) not in (bundle / "bundle.json").read_text()


@with_onnx
def test_the_script_does_without_keras_and_says_what_search_says(bundle, made, expected):
    paths = [str(path) for path in sorted((made[0] / "photos").rglob("*.png"))[::7]]
    script = str(bundle / "infer.py")
    run = "del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"
    lines = [json.loads(line) for line in printed(run, script, *paths).splitlines()]
    np.testing.assert_allclose([line["vector"] for line in lines], expected, rtol=0, atol=1e-5)
    searched = semihard.search(made[0] / "gallery", paths)
    assert [line["name"] for line in lines] == searched.names
    assert [line["photo"] for line in lines] == searched.photos


@pytest.fixture
def run(tmp_path):
    return untrained(tmp_path / "run")


def test_something_at_out_is_not_touched(run, tmp_path):
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "note.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"which holds note\.txt"):
        semihard.export(run, tmp_path / "bundle")
    assert [path.name for path in (tmp_path / "bundle").iterdir()] == ["note.txt"]


def test_an_exception_in_the_middle_leaves_nothing(run, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_export, "write_bundle_json", interrupt)
    with pytest.raises(KeyboardInterrupt):
        semihard.export(run, tmp_path / "bundle", formats=())
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_what_a_killed_process_left_is_no_bundle_and_in_nobodys_way(run, tmp_path):
    """`test_killed` of `whole_directory` kills one."""
    (tmp_path / "bundle.unfinished" / "content").mkdir(parents=True)
    (tmp_path / "bundle.unfinished" / "content" / "model.keras").write_text("half")
    semihard.export(run, tmp_path / "bundle", formats=())
    assert {path.name for path in tmp_path.iterdir()} == {"run", "bundle"}
    Bundle.open(tmp_path / "bundle")


def test_without_samples_it_says_so(run, tmp_path):
    exported = semihard.export(run, tmp_path / "bundle", formats=())
    assert "Parity was not measured" in str(exported)


def test_a_model_of_mixed_precision_is_exported_in_that_of_its_weights(made, tmp_path):
    """bfloat16 has 8 bits, so that a product of numbers below 1 is off by some thousandths."""
    with computing_in("mixed_bfloat16"):
        convolutional(tmp_path / "run")
    exported = semihard.export(tmp_path / "run", tmp_path / "bundle", samples=made[0] / "photos")
    assert list(exported.parity) == FORMATS
    for parity in exported.parity.values():
        assert 1e-6 < parity.mean < 0.01
    assert str(tmp_path) not in (tmp_path / "bundle" / "bundle.json").read_text()


@with_onnx
def test_int8_takes_samples(run, tmp_path):
    with pytest.raises(ValueError, match="Expected samples for int8"):
        semihard.export(run, tmp_path / "bundle", int8=True)


def test_the_pictures_of_a_bundle_are_found_from_within_it(made, tmp_path):
    """As their paths are kept relative, they begin at the copy of the gallery."""
    folder = made[0]
    photo = next(folder.glob("photos/*/*.png"))
    found = semihard.search(folder / "bundle" / "gallery", photo, out=tmp_path / "found.png")
    assert found.undrawn is None
    files = Gallery.open(folder / "bundle" / "gallery").metadata["file"]
    originals = Gallery.open(folder / "gallery").metadata["file"]
    assert {Path(file).is_absolute() for file in (*files, *originals)} == {True}
    # From a directory above, where all is relative.
    for name in ("run", "photos"):
        shutil.copytree(folder / name, tmp_path / "deep" / name)
    with contextlib.chdir(tmp_path):
        semihard.index("deep/run", "deep/photos", "gallery", threshold=0.05)
        semihard.export("gallery", "some/bundle", formats=())
        files = Gallery.open("some/bundle/gallery").metadata["file"]
        assert files[0].startswith("../../../deep/photos/")
        found = semihard.search("some/bundle/gallery", photo, run="some/bundle", out="found.png")
    assert found.undrawn is None
    (tmp_path / "some").rename(tmp_path / "others")  # as deep: the way is the same
    found = semihard.search(tmp_path / "others/bundle/gallery", photo, run=folder / "run", out=tmp_path / "found.png")
    assert found.undrawn is None


def test_a_gallery_of_another_model_is_refused(run, tmp_path, made):
    with pytest.raises(ValueError, match="of two models say nothing"):
        semihard.export(run, tmp_path / "bundle", gallery=made[0] / "gallery", formats=())
    assert not (tmp_path / "bundle").exists()


def test_a_format_that_cannot_be_made_is_an_error_only_if_it_was_asked_for(run, tmp_path, monkeypatch):
    monkeypatch.setattr(_make_format.backend, "EXPORTS", {"onnx": ("no_such_package",)})
    with pytest.raises(ValueError, match=f"can make on {BACKEND}: onnx. Received: litert"):
        semihard.export(run, tmp_path / "bundle", formats=["litert"])
    with pytest.raises(MissingPackage, match=r"no-such-package \(for onnx on .*Run: pip install no-such-package"):
        semihard.export(run, tmp_path / "bundle", formats=["onnx"])
    exported = semihard.export(run, tmp_path / "bundle")
    assert set(exported.not_made) == set(FILES)


def test_a_model_that_an_exporter_cannot_express(run, tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("no such operation\nand a page of advice")

    monkeypatch.setattr(_make_format.backend, "EXPORTS", {"onnx": ()})
    monkeypatch.setattr(_export, "make_format", fail)
    with pytest.raises(ValueError, match=r"that onnx can express.*RuntimeError: no such operation\. Leave"):
        semihard.export(run, tmp_path / "bundle", formats=["onnx"])
    exported = semihard.export(run, tmp_path / "bundle")
    assert exported.not_made["onnx"] == "RuntimeError: no such operation"
    assert {path.name for path in (tmp_path / "bundle").iterdir()} == {
        "model.keras",
        "preprocessing.json",
        "bundle.json",
    }
