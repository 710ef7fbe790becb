"""`semihard view RUN --tensorboard`."""

from pathlib import Path

from semihard.cli._parsing import WrongData, WrongUsage


def view_in_tensorboard(run: Path, port: int, *, open_browser: bool) -> None:
    """Show a run, or a log directory that `EmbeddingProjector` wrote, in TensorBoard's projector until Ctrl-C."""
    from semihard.projector import CONFIG
    from semihard.tensorboard import serve, write_log_directory

    if not run.is_dir():
        raise WrongUsage(f"expected a directory with --tensorboard. Received: {run}")
    try:
        log_directory = run if (run / CONFIG).is_file() else write_log_directory(run)
        serve(log_directory, port, open_browser=open_browser)
    except ValueError as error:
        raise WrongData(error) from error
