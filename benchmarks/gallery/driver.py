"""Search in a large gallery, exact and by an index: time, recall, bytes, memory; beside faiss, usearch and LanceDB.

Ours are a directory, a Lance table, and a table of a PostgreSQL server with pgvector that is started for it.

Clusters of unit vectors, about 50 a cluster, from a seed; the queries are of the same clusters, and not in the gallery.
Each side and size runs in a fresh process. What takes longer than the limit is left out, and so named.

    python -m benchmarks gallery --write
    python -m benchmarks gallery --sizes 1000000 --sides exact faiss_flat
"""

import tempfile
import threading
from collections.abc import Sequence

from benchmarks.harness.checkout import BenchmarkError
from benchmarks.harness.machine import busy
from benchmarks.harness.page import made_by, options, page, progress, publish, section, table
from benchmarks.harness.worker import Worker

OURS = {
    "exact": "ours, exact",
    "ann": "ours, HNSW",
    "lance_exact": "ours in Lance, exact",
    "lance_ann": "ours in Lance, IVF_RQ",
    "pg_exact": "ours in PostgreSQL, exact",
    "pg_ann": "ours in PostgreSQL, HNSW",
}
PEERS = {
    "faiss_flat": "faiss 1.15 Flat",
    "faiss_hnsw": "faiss 1.15 HNSW",
    "usearch": "usearch 2.26",
    "lancedb_flat": "LanceDB 0.40, no index",
    "lancedb_hnsw": "LanceDB 0.40 IVF_HNSW_SQ",
}
SIDES = OURS | PEERS
COLUMNS = ["", "build s", "on the cores", "1 query ms", "1,000 queries ms", "on the cores"]
COLUMNS += ["recall@10", "disk MB", "peak MB"]


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("gallery", __doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[60_000], help="items (default: 60000)")
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES), metavar="SIDE")
    parser.add_argument("--limit", type=float, default=300, metavar="SECONDS", help="that a side may take (300)")
    arguments = parser.parse_args(line)
    beside = busy()
    sections = []
    for count in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            with Worker("ann", "gallery.ours") as worker:
                worker.ask("make", folder=folder, count=count, dim=arguments.dim, seed=arguments.seed)
            rows, left_out = [], []
            for side in arguments.sides:
                found = measure(side, folder, arguments.limit)
                if isinstance(found, str):
                    left_out.append(f"{SIDES[side]}: {found}")
                    progress(left_out[-1])
                    continue
                figures = [found[name] for name in ("build", "build_busy", "single", "many", "many_busy")]
                cells = [SIDES[side], *(f"{figure:,.3g}" if figure < 100 else f"{figure:,.0f}" for figure in figures)]
                cells += [f"{found['recall']:.4f}", f"{found['disk']:,.0f}", f"{found['peak']:,.0f}"]
                rows.append(cells)
                progress(f"{count:,}: {', '.join(cells)}")
        missing = f"Left out: {'; '.join(left_out)}." if left_out else ""
        parts = [table(COLUMNS, rows, words=[""]), *([missing] if missing else [])]
        sections.append(section(f"{count:,} items", *parts))
    text = page(
        "Search in a gallery: exact, by an index, and by others",
        f"{made_by('gallery')}; {arguments.dim} dimensions, float32. {beside}",
        "Build: from an array to files on the disk, ready to be searched. One query at a time, the median of 100 or of "
        "2 seconds; a thousand at once, the median of five or of 1 second. On the cores: what all threads together "
        "spent there, which other work lengthens less. Recall: of the 10 true neighbours of each of 1,000 queries that "
        "are not in the gallery. Peak: memory above the vectors themselves, building and searching. What the server of "
        "PostgreSQL takes is neither in the time on the cores nor in the peak.",
        *sections,
    )
    publish("gallery", text, arguments.write)


def measure(side: str, folder: str, limit: float) -> dict[str, float] | str:
    """The figures of a side, or why there are none."""
    with (
        tempfile.TemporaryDirectory() as made,
        Worker("ann", f"gallery.{'ours' if side in OURS else 'peer'}") as worker,
    ):
        timer = threading.Timer(limit, worker.kill)
        timer.start()
        try:
            return worker.ask("measure", what=side, folder=folder, place=f"{made}/gallery")
        except BenchmarkError as error:
            return f"it takes more than {limit:g} seconds" if not timer.is_alive() else str(error)
        finally:
            timer.cancel()
