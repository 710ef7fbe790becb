"""The files that vectors are made in, of a piece of the pictures each, and how one is made. No Keras until then."""

import dataclasses
import socket
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from semihard.data.preprocessing import Preprocessing
from semihard.workflows.searching import _parts
from semihard.workflows.searching._failed import Failed, failed_line
from semihard.workflows.searching._parts import NOT_THERE, Encodes, Part, make_part, read_part, write_part
from semihard.workflows.searching._shards import ShardFormat, read_shard, write_shard
from semihard.workflows.searching._vectors import shard_file
from semihard.workflows.searching.photos import Photos, printable, rebased


class Piece(NamedTuple):
    """What a file is made of, here or on another machine.

    Attributes:
        file: where it will be.
        first: place of the first picture among all.
        paths: [n], of the pictures.
        names, labels: [n], as shards keep them; [] for parts.
        missing: paths that are known not to be there: of any other a machine says that it does not see it. None
            where that is known of none, and a picture that is not there has no vector.
    """

    file: Path
    first: int
    paths: list[str]
    names: list[str]
    labels: list[Any]
    missing: frozenset[str] | None = None


@dataclasses.dataclass(frozen=True)
class Plan:
    """Which files are made of which pictures.

    Args:
        photos: all of them.
        folder: for the files.
        shard: pictures a shard; None for parts.
        target: where the folder of shards will be at last.

    Example:
        >>> plan = Plan(Photos(["a.png", "b.png", "c.png"], ["x", "y", None], None), Path("made"), 2, Path("out"))
        >>> [file.name for file in plan.files], plan.piece(1).paths
        (['part-000000.parquet', 'part-000001.parquet'], ['c.png'])
    """

    photos: Photos
    folder: Path
    shard: int | None = None
    target: Path | None = None

    @cached_property
    def files(self) -> list[Path]:
        """All of them, in order."""
        numbers = range(-(-len(self.photos.paths) // self.size))
        if self.target is not None:
            return [shard_file(self.folder, number) for number in numbers]
        return [self.folder / f"part-{number:06}.npz" for number in numbers]

    @property
    def size(self) -> int:
        """Pictures a file."""
        return self.shard or _parts.PART

    def places(self, number: int) -> range:
        """Of the pictures of a file among all."""
        return range(number * self.size, min((number + 1) * self.size, len(self.photos.paths)))

    def piece(self, number: int) -> Piece:
        """What a file is made of."""
        places = self.places(number)
        paths, labels = (column[places.start : places.stop] for column in self.photos[:2])
        if self.target is None:
            return Piece(self.files[number], places.start, paths, [], [])
        names = [rebased(path, self.target) for path in paths]
        return Piece(self.files[number], places.start, paths, names, labels)


def summed(plan: Plan) -> tuple[Failed, int, int]:
    """Which pictures have no vector and why, how many have one, and of how many dimensions, when all files are made.

    Raises:
        ValueError: none has one.
    """
    failed: Failed = []
    count = dim = 0
    for file in plan.files:
        without, own, dim = read_shard(file) if plan.target is not None else _counted(read_part(file))
        failed += [(printable(plan.photos.paths[place]), reason) for place, reason in without.items()]
        count += own
    if not count:
        raise ValueError(
            f"Expected pictures that can be read. Received: none. {failed_line(failed, len(plan.photos.paths))}"
        )
    return failed, count, dim


def _counted(part: Part) -> tuple[dict[int, str], int, int]:
    return part.failed, len(part.rows), part.vectors.shape[1]


@dataclasses.dataclass(frozen=True)
class PieceMaker:
    """Makes files, with a model that one process keeps.

    Args:
        encoder: the model.
        preprocessing: what is done to pictures.
        batch: pictures that the model is given at a time.
        threads: that decode.
        shards: what is written; None for parts.
    """

    encoder: Encodes
    preprocessing: Preprocessing
    batch: int
    threads: int
    shards: ShardFormat | None = None

    def __call__(self, piece: Piece, told: Callable[[int], object] | None = None) -> None:
        """Make a file, whole or not at all.

        Args:
            piece: what it is made of.
            told: called with how many of all pictures up to here are done.

        Raises:
            FileNotFoundError: a picture is not there that should be.
        """
        made = []
        for start in range(0, len(piece.paths), _parts.PART):
            paths, first = piece.paths[start : start + _parts.PART], piece.first + start
            part = make_part(
                paths, first, self.preprocessing, self.encoder, batch=self.batch, threads=self.threads, told=told
            )
            gone = [paths[place - first] for place, reason in part.failed.items() if reason == NOT_THERE]
            unseen = [] if piece.missing is None else [path for path in gone if path not in piece.missing]
            if unseen:
                raise FileNotFoundError(not_shared(unseen[0]))
            made.append(part)
        if self.shards is None:
            write_part(piece.file, *made)
        else:
            write_shard(piece.file, self.shards, piece.first, piece.names, piece.labels, made)


def not_shared(path: Path | str) -> str:
    """What is wrong where a machine of a cluster does not see a path that the command sees."""
    return (
        f"Expected {path} on every machine of the cluster, as where the command runs. Received: nothing of that name "
        f"on {socket.gethostname()}. Keep pictures, model and vectors on a file system that all machines share."
    )
