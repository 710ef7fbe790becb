"""`semihard.export`: a run as a bundle that one can deploy."""

import dataclasses
import datetime
import os
import shutil
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from semihard import backend
from semihard._core.runs import check_free, whole_directory
from semihard.gallery import Gallery
from semihard.workflows._job import in_float32, versions
from semihard.workflows.exporting._gallery_copy import about_gallery, copy_gallery, find_gallery
from semihard.workflows.exporting._int8 import make_int8, require_int8
from semihard.workflows.exporting._make_format import compute_in_float32, make_format, obstacle, said_of
from semihard.workflows.exporting._manifest import GALLERY, write_bundle_json
from semihard.workflows.exporting._parity import Parity, measure_parity
from semihard.workflows.exporting._runtimes import BATCH, RUNTIMES, Embed
from semihard.workflows.exporting._samples import Samples, read_samples
from semihard.workflows.exporting.formats import FORMATS, checked_formats
from semihard.workflows.searching.encoder import Encoder
from semihard.workflows.searching.run_files import MODEL, PREPROCESSING, find_run

INFER, INT8 = "infer.py", RUNTIMES["int8"].file
# First part of a file's path → what it is.
KINDS = {
    MODEL: "the model for Keras",
    **{made.path: made.what for made in FORMATS.values()},
    INT8: "the ONNX model with numbers of 8 bits",
    PREPROCESSING: "how the model wants its pictures: semihard.data.Preprocessing reads it, without Keras",
    INFER: "says what photographs show, without Keras: python infer.py PHOTO",
}


@dataclasses.dataclass(frozen=True)
class Exported:
    """What `semihard.export` returns; `print` it.

    Attributes:
        path: of the bundle.
        files: name → what it is.
        not_made: format → why the bundle lacks it.
        parity: format → how far it is from Keras; without those that were not measured.
        notes: lines about what was not done.
    """

    path: Path
    files: dict[str, str]
    not_made: dict[str, str]
    parity: dict[str, Parity]
    notes: list[str]

    def __str__(self) -> str:
        lines = [f"Wrote {self.path}:", *(f"  {name:20}{what}" for name, what in self.files.items())]
        lines += [f"No {name}: {reason}" for name, reason in self.not_made.items()]
        lines += [f"{name}, {measured.samples:,} pictures: {measured}" for name, measured in self.parity.items()]
        lines += self.notes
        if INFER in self.files:
            lines.append(f"Next: python {quote(str(self.path / INFER))} PHOTO")
        return "\n".join(lines)


def export(
    run: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    gallery: str | os.PathLike[str] | None = None,
    formats: Iterable[str] | None = None,
    int8: bool = False,
    samples: Any = None,
    progress: Callable[[int, int], object] | None = None,
) -> Exported:
    """Write all that it takes to use a model elsewhere into one directory, and say how far each format can be trusted.

    The bundle holds the model for Keras and in other formats, the preprocessing, a copy of the gallery with its
    threshold, a script that needs no Keras, and `bundle.json` with the size and SHA-256 of each file. It appears whole
    or not at all. Each format embeds the samples, and is compared with Keras: by how much the vectors differ, and how
    many decisions do. `semihard.workflows.exporting.Bundle` reads it.

    Args:
        run: as of `embed`; or a gallery that `index` wrote, which then goes into the bundle.
        out: the directory, new or empty.
        gallery: another gallery for the bundle, of the same model.
        formats: of "onnx", "saved_model" and "litert". By default all; then one that cannot be made here is left out,
            with a line that says why.
        int8: also make a quantised ONNX model, on the first half of the samples; it is judged on the others.
        samples: pictures, as `data` of `embed`. By default those that the run has held out, else those of the gallery,
            as many as are still where they were; at most 256.
        progress: called with (samples read, all of them).

    Raises:
        TypeError, ValueError: as `embed`; a format that cannot be made and was asked for; a gallery that is damaged, or
            of another model; or samples that cannot be read.
        OSError: there is nothing at `run`, `gallery` or `samples`, or `out` holds something.
        ImportError: a package is not installed that was asked for with a format.

    Example:
        >>> import keras, tempfile
        >>> from semihard.data import Preprocessing
        >>> folder = Path(tempfile.mkdtemp())
        >>> keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]).save(folder / "model.keras")
        >>> _ = Preprocessing(8).to_json(folder / "preprocessing.json")
        >>> exported = export(folder, folder / "bundle", formats=())
        >>> sorted(exported.files)
        ['model.keras', 'preprocessing.json']
    """
    asked = checked_formats(formats)
    # What is an error where it cannot be made.
    required = asked if formats is not None else ["onnx"] if int8 else []
    if int8 and "onnx" not in asked:
        raise ValueError("Expected the format onnx for int8, which is made of it. Received: other formats. Add it.")
    if int8:
        require_int8()
    not_made = _foreseen(asked, required)
    files = find_run(run)
    check_free(out)
    known, place = find_gallery(run, gallery, files)
    found = read_samples(samples, files.model.parent, known, place, files.preprocessing, progress)
    if int8 and (isinstance(found, str) or len(found.pixels) < 2):
        raise ValueError(
            "Expected samples for int8, to find the ranges of its numbers on. Received: "
            f"{'none' if isinstance(found, str) else 'one'}. Name some (samples)."
        )
    encoder = Encoder(files)
    if known is not None and known.dim not in (None, encoder.dim):
        raise ValueError(
            f"Expected a gallery of vectors of {encoder.dim} dimensions, as the model makes them. Received: {place}, "
            f"of {known.dim}. Index the pictures with this model."
        )
    # By the model as it is: what is exported computes in float32.
    expected = None if isinstance(found, str) else encoder(found.pixels, min(BATCH, len(found.pixels)))
    compute_in_float32(encoder.model)
    with whole_directory(out) as folder:
        shutil.copyfile(files.model, folder / MODEL)
        files.preprocessing.to_json(folder / PREPROCESSING)
        for name in (one for one in asked if one not in not_made):
            reason = _made(name, encoder, files.preprocessing.shape, folder)
            if reason is not None and name in required:
                raise ValueError(
                    f"Expected a model that {name} can express, with Keras on {keras.backend.backend()}. "
                    f"Received: {reason}. Leave that format out, or name another backend."
                )
            not_made |= {} if reason is None else {name: reason}
        if int8 and not isinstance(found, str):
            make_int8(folder / FORMATS["onnx"].path, folder / INT8, found.pixels[::2])
        if known is not None and place is not None:
            copy_gallery(known, place, folder / GALLERY, Path(out) / GALLERY)
        if (folder / FORMATS["onnx"].path).is_file():
            shutil.copyfile(Path(__file__).with_name("_infer.py"), folder / INFER)
        parity, notes = _judged(folder, expected, found, known)
        about = {
            "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "model": files.hash,
            "dim": encoder.dim,
            "input": {"shape": [None, *files.preprocessing.shape], "dtype": "float32"},
            "gallery": None if known is None or place is None else about_gallery(known, place),
            "not_made": not_made,
            "parity": {name: measured.to_dict() for name, measured in parity.items()},
            "notes": notes,
            "backend": keras.backend.backend(),
            "versions": versions("semihard", "keras", "numpy"),
        }
        write_bundle_json(folder, about, KINDS)
        written = {name: what for name, what in KINDS.items() if (folder / name).exists()}
    written |= {} if known is None else {GALLERY: "a copy of the gallery, to which one can add"}
    return Exported(Path(out), written, not_made, parity, notes)


def _foreseen(asked: list[str], required: list[str]) -> dict[str, str]:
    """Which formats cannot be made, and why, as far as that is known before the work."""
    found = {}
    for name in asked:
        known = obstacle(name)
        if known is not None:
            reason, error = known
            if name in required:
                raise error
            found[name] = reason
    return found


def _made(name: str, encoder: Encoder, shape: tuple[int, int, int], folder: Path) -> str | None:
    """Make a format and try it; return why not, if the model cannot be expressed in it."""
    path = folder / FORMATS[name].path
    try:
        with in_float32():
            make_format(name, encoder.model, shape, folder)
        embed = _loaded(name, path)
        # Exporters make files, too, that nothing can run.
        if embed is not None and embed(np.zeros((2, *shape), np.float32)).shape != (2, encoder.dim):
            raise ValueError("what was made makes other vectors")
    except OSError:  # a full disk
        raise
    except Exception as error:  # what exporters raise is of many types
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        return said_of(error, folder)
    return None


def _loaded(name: str, path: Path) -> Embed | None:
    """What embeds with a made file; None where its package is not installed."""
    if name not in RUNTIMES:
        return backend.saved_model(str(path))
    return None if find_spec(RUNTIMES[name].module) is None else RUNTIMES[name].load(path)


def _judged(
    folder: Path, expected: NDArray[np.float32] | None, samples: Samples | str, gallery: Gallery | None
) -> tuple[dict[str, Parity], list[str]]:
    """How far each format in `folder` is from Keras, and lines about that."""
    if isinstance(samples, str) or expected is None:
        return {}, [str(samples)]
    found: dict[str, Parity] = {}
    notes = [f"Parity with Keras was measured on {len(expected):,} {samples.source}."]
    for name in (*FORMATS, "int8"):
        path = folder / (FORMATS[name].path if name in FORMATS else INT8)
        if not path.exists():
            continue
        embed = _loaded(name, path)
        if embed is None:
            notes.append(f"Of {name} it was not measured: {RUNTIMES[name].package} is not installed.")
            continue
        # What was quantised was fitted to the first half.
        rows = slice(1, None, 2) if name == "int8" else slice(None)
        vectors = embed(samples.pixels[rows].astype(np.float32))
        found[name] = measure_parity(expected[rows], vectors, samples.labels[rows], gallery)
        if found[name].warning is not None:
            notes.append(f"Of {name} {found[name].warning}")
    return found, notes
