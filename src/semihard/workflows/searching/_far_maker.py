"""How a process of Ray, perhaps on another machine, comes to make the same files. Keras comes when it is called."""

import dataclasses
import socket
from collections.abc import Callable
from pathlib import Path

from semihard.workflows.searching._pieces import Piece, PieceMaker, not_shared
from semihard.workflows.searching._shards import ShardFormat
from semihard.workflows.searching.run_files import RunFiles


@dataclasses.dataclass(frozen=True)
class FarMaker:
    """Loads the model there; what it returns makes the file of a piece, and says of how many pictures.

    Args:
        files: of the run, whose paths are absolute.
        model: hash of the model.
        backend: that Keras runs on where the command does.
        folder: for the files.
        batch, threads, shards: as of `PieceMaker`.
        device: "auto", "cpu" or "gpu".
    """

    files: RunFiles
    model: str
    backend: str
    folder: Path
    batch: int
    threads: int
    device: str
    shards: ShardFormat | None

    def __call__(self) -> Callable[[Piece], int]:
        """Load the model.

        Raises:
            OSError: the model is another here, or not there, or Keras runs on something else.
            ValueError: the file is no model that makes vectors of pictures.
        """
        for path in (self.files.model, self.folder):
            if not path.exists():
                raise FileNotFoundError(not_shared(path))
        if self.files.hash != self.model:
            raise OSError(
                f"Expected the same model in {self.files.model} on every machine of the cluster. Received: another on "
                f"{socket.gethostname()}. Copy it there, or use a file system that all of them share."
            )
        import keras

        from semihard.workflows._job import computing_on
        from semihard.workflows.searching.encoder import encoder_of

        if keras.backend.backend() != self.backend:
            raise OSError(
                f"Expected Keras on {self.backend} in the workers. Received: {keras.backend.backend()} on "
                f"{socket.gethostname()}. Let KERAS_BACKEND be unset in the environment of the cluster."
            )
        with computing_on(self.device):
            encoder = encoder_of(self.files, self.device)
        make = PieceMaker(encoder, self.files.preprocessing, self.batch, self.threads, self.shards)

        def make_one(piece: Piece) -> int:
            with computing_on(self.device):
                make(piece)
            return len(piece.paths)

        return make_one
