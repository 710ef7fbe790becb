"""`semihard view RUN --tensorboard`."""

from pathlib import Path

from semihard.cli import _interrupts
from semihard.cli._parsing import WrongData, WrongUsage
from semihard.cli._saved import check_saved, keep_with_run


def view_in_tensorboard(run: Path, port: int, *, open_browser: bool) -> None:
    """Show a run, or a log directory that `EmbeddingProjector` wrote, in TensorBoard's projector until Ctrl-C."""
    from semihard.visualization.projector.config import CONFIG
    from semihard.visualization.projector.tensorboard import serve, write_log_directory

    if not run.is_dir():
        raise WrongUsage(f"expected a directory with --tensorboard. Received: {run}")
    try:
        log_directory = run
        if not (run / CONFIG).is_file():
            check_saved(run)
            log_directory = write_log_directory(run)
            keep_with_run(run, log_directory.iterdir())
        # Ctrl-C closes the server and is then what it is elsewhere.
        with _interrupts.served_until_ctrl_c():
            serve(log_directory, port, open_browser=open_browser)
    except ValueError as error:
        raise WrongData(error) from error
