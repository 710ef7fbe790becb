"""Which model makes the vectors: the files of a run, or of what was made of one, known by their hash. No Keras."""

import dataclasses
import hashlib
import json
import os
import warnings
from functools import cached_property
from pathlib import Path

from semihard._core.runs import check_run
from semihard.data.preprocessing import Preprocessing

MODEL, PREPROCESSING, INDEX = "model.keras", "preprocessing.json", "index.json"


@dataclasses.dataclass(frozen=True)
class RunFiles:
    """Attributes:
    model: path of the .keras file.
    preprocessing: how it wants its pictures.
    """

    model: Path
    preprocessing: Preprocessing

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the model's file and the preprocessing: vectors of equal hashes may be compared."""
        with self.model.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        digest.update(self.preprocessing.to_json().encode())
        return f"sha256:{digest.hexdigest()}"


def find_run(run: str | os.PathLike[str]) -> RunFiles:
    """Return the model and the preprocessing of a run.

    Args:
        run: a directory that holds model.keras and preprocessing.json, as `semihard.train` and `semihard.index` write
            them; or the path of a .keras file with a preprocessing.json beside it.

    Raises:
        OSError, ValueError: a file is missing or broken, or the run is not finished.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "model.keras").write_bytes(b"weights")
        >>> _ = Preprocessing(8).to_json(folder / "preprocessing.json")
        >>> find_run(folder).hash == find_run(folder / "model.keras").hash
        True
    """
    given = Path(run)
    if not given.exists():
        raise FileNotFoundError(
            f"Expected a run, as `semihard.train` writes it. Received: {given}, which is not there."
        )
    if given.is_dir():
        if note := check_run(given, MODEL):
            warnings.warn(note, stacklevel=3)
        model = given / MODEL
    elif given.suffix == ".keras":
        model = given
    else:
        raise ValueError(
            f"Expected the directory of a run, or a .keras file with {PREPROCESSING} beside it. Received: {given}."
        )
    missing = [path.name for path in (model, model.with_name(PREPROCESSING)) if not path.is_file()]
    if missing:
        raise FileNotFoundError(
            f"Expected {MODEL} and {PREPROCESSING} in {model.parent}. Received: no {' and no '.join(missing)}. "
            "Name a run that `semihard train` has finished."
        )
    return RunFiles(model, Preprocessing.from_json(model.with_name(PREPROCESSING)))


def backend_of(run: str | os.PathLike[str]) -> str | None:
    """What Keras ran on where a run, or a gallery, was made; None where nothing says so."""
    from semihard.workflows.training.config import CONFIG, read_config

    folder = Path(run) if Path(run).is_dir() else Path(run).parent
    try:
        if (folder / CONFIG).is_file():
            found = read_config(folder / CONFIG).get("backend")
        else:
            found = json.loads((folder / INDEX).read_text(encoding="utf-8")).get("backend")
    except (OSError, ValueError, AttributeError):
        return None
    return found if isinstance(found, str) else None
