"""`semihard.embed`: the vectors of pictures."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from semihard._core import checks
from semihard.workflows.searching._engines import check_engine, here_on, make_files
from semihard.workflows.searching._failed import Failed, failed_line, write_failed
from semihard.workflows.searching._outputs import Output
from semihard.workflows.searching._pieces import Plan, summed
from semihard.workflows.searching._plain import PLAIN, beside
from semihard.workflows.searching._shards import ShardFormat, put_in_place
from semihard.workflows.searching._vectors import label_type
from semihard.workflows.searching._working_folder import discard_working_folder, working_folder
from semihard.workflows.searching.photos import find_photos, fingerprint, newest, rebased
from semihard.workflows.searching.run_files import find_run


@dataclasses.dataclass(frozen=True)
class Embedded:
    """What `semihard.embed` returns; `print` it.

    Attributes:
        path: of the vectors.
        count, dim: how many they are, and of how many dimensions.
        failed: (path, reason) of each picture without one.
        model: hash of the model.
        made: False if all was there already.
    """

    path: Path
    count: int
    dim: int
    failed: Failed
    model: str
    made: bool

    @property
    def note(self) -> str | None:
        """A line about the pictures without a vector, if there are any."""
        listed = self.path.with_name(f"{self.path.name}.failed.tsv")
        return failed_line(self.failed, self.count + len(self.failed), listed) if self.failed else None

    def __str__(self) -> str:
        if not self.made:
            return f"{self.path} is there and whole: there is nothing left to do."
        where = f" in {beside(self.path)[0]}" if self.path.suffix.lower() in PLAIN else ""
        return (
            f"Wrote {self.path}: {self.count:,} vectors of {self.dim} dimensions, each with its path and label{where}."
        )


def embed(
    run: str | os.PathLike[str],
    data: Any,
    out: str | os.PathLike[str],
    *,
    batch: int = 64,
    workers: int | None = None,
    device: str = "auto",
    overwrite: bool = False,
    engine: str = "local",
    shard: int = 4096,
    progress: Callable[[int, int], object] | None = None,
) -> Embedded:
    """Write the vectors of pictures, made by the model of a run, with their paths and labels.

    A picture that cannot be read is left out and listed in `out`.failed.tsv. What is made is kept beside `out` until
    all is, in `out`.unfinished: ended by whatever, the same call goes on from there and writes the same bytes. At no
    time are more than some batches of pictures in memory, and the vectors of a shard.

    Args:
        run: its directory, or any other with its model.keras and preprocessing.json; or the path of such a .keras file.
        data: a folder, in which each sub-folder is a label; a table of path and maybe label; a picture; or a list of
            these.
        out: a .parquet file: `path`, relative to the file's folder where it was given relative; `label`, null where
            there is none; `vector`, as many float32 as the model makes. Its metadata hold the model's hash. Or a .npy
            file, float32 [n, dim], or a .tsv as the Embedding Projector reads it: labels and paths are in
            `out`.meta.tsv then (meta.tsv for vecs.tsv), and the model's hash in `out`.json. Or a name without an
            ending: a directory of .parquet files of `shard` pictures each, with the place of each picture in `id`.
        batch: pictures that the model is given at a time.
        workers: threads that decode pictures; by default as many as there are processors. Of "ray": actors, by default
            one a GPU, or one a machine.
        device: that the model is on, as "cpu" or "gpu:1"; "auto" is as Keras has it. Of "ray": "auto", "cpu" or "gpu".
        overwrite: let another file at `out` be replaced, or another directory of vectors.
        engine: "local", which is this process; or "ray", for several on this machine or on all of a cluster, that see
            the pictures, the model and `out` under the same paths. Both write the same bytes, and one goes on from what
            the other has left.
        shard: pictures a file of a directory.
        progress: called with (pictures done, all pictures).

    Raises:
        TypeError, ValueError: nothing to embed, no picture that can be read, a table without paths, or files that are
            no model.
        OSError: there is nothing at `run` or `data`, or `out` is there already, or cannot be written.
        ImportError: Pillow is not installed, or pyarrow for .parquet files, or Ray Data for "ray".

    Example:
        >>> import keras, tempfile
        >>> from PIL import Image
        >>> from semihard.data import Preprocessing
        >>> folder = Path(tempfile.mkdtemp())
        >>> keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]).save(folder / "model.keras")
        >>> _ = Preprocessing(8).to_json(folder / "preprocessing.json")
        >>> Image.new("RGB", (20, 10)).save(folder / "photo.png")
        >>> embedded = embed(folder, folder / "photo.png", folder / "vectors.parquet")
        >>> embedded.count, embedded.dim
        (1, 192)
    """
    batch, shard = checks.whole_number("batch", batch, 1), checks.whole_number("shard", shard, 1)
    workers = None if workers is None else checks.whole_number("workers", workers, 1)
    check_engine(engine, device)
    files, target = find_run(run), Path(out)
    output = Output(target)
    photos = find_photos(data)
    how = [batch, shard] if output.sharded else [batch]
    job = _job(files.hash, fingerprint(photos, times=False), *how)
    if (there := output.in_the_way(job)) is not None:
        about = output.about()
        if about is not None and about["job"] == job and newest(photos) <= output.changed():
            failed = [(path, reason) for path, reason in about["failed"]]
            discard_working_folder(Path(os.path.realpath(target)))
            return Embedded(target, len(photos.paths) - len(failed), about["dim"], failed, files.hash, made=False)
        # Nobody means a folder of pictures by `overwrite`.
        ours = about is not None if there.is_dir() else not output.sharded
        if not (overwrite and ours):
            raise FileExistsError(
                f"Expected a new file. Received: {there}, which is there and holds something else. Choose another "
                f"path{', or let it be replaced (overwrite)' if ours else ''}."
            )
    own = _job(job, fingerprint(photos, times=True), *how)
    place = Path(os.path.realpath(target))
    with here_on(engine, device), working_folder(place, own) as folder:
        root = None if photos.root is None else rebased(photos.root, output.folder)
        about = {"model": files.hash, "job": job, "root": root}
        shards = ShardFormat(about, label_type(photos.labels)) if output.sharded else None
        # Of the job's name: a worker that is left of another one finds no folder to write to.
        made = folder / own[:16]
        made.mkdir(exist_ok=True)
        plan = Plan(photos, made, *((shard, target) if output.sharded else ()))
        make_files(
            plan, files, batch=batch, workers=workers, device=device, engine=engine, shards=shards, progress=progress
        )
        failed, count, dim = summed(plan)
        about = {**about, "dim": dim, "failed": failed}
        write_failed(output.failed, failed)
        if output.sharded:
            put_in_place(plan.folder, place, {**about, "count": count, "shards": len(plan.files)})
        else:
            output.write(photos, plan.files, about, count)
    return Embedded(target, count, dim, failed, files.hash, made=True)


def _job(*parts: Any) -> str:
    """What is done: of the same parts on the same backend the same vectors come."""
    return hashlib.sha256(json.dumps([keras.backend.backend(), *parts]).encode()).hexdigest()
