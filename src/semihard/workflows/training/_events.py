"""Curves for TensorBoard, where it is installed; TensorFlow is not needed, and is not loaded."""

import time
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any


class Events:
    """The figures of each epoch, in one file of `directory` that is written anew when a training goes on.

    Without TensorBoard it does nothing.
    """

    def __init__(self, directory: Path, history: Iterable[Mapping[str, Any]]) -> None:
        self._file: IO[bytes] | None = None
        if find_spec("tensorboard") is None:
            return
        # Not its EventFileWriter, which loads TensorFlow where that is installed.
        from tensorboard.summary.writer.record_writer import RecordWriter

        directory.mkdir(exist_ok=True)
        for old in directory.glob("events.*"):
            old.unlink()
        self._file = (directory / f"events.out.tfevents.{time.time():.0f}.semihard").open("wb")
        self._writer = RecordWriter(self._file)
        self._write(file_version="brain.Event:2")
        for record in history:
            self.add(record)

    def add(self, record: Mapping[str, Any]) -> None:
        if self._file is None:
            return
        from tensorboard.compat.proto.summary_pb2 import Summary

        values = [
            Summary.Value(tag=name, simple_value=float(value)) for name, value in record.items() if name != "epoch"
        ]
        self._write(step=record["epoch"], summary=Summary(value=values))

    def _write(self, **what: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self._writer.write(Event(wall_time=time.time(), **what).SerializeToString())
        self._writer.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
