"""Time and memory of `semihard view`, stage by stage, and of opening the page in headless Chromium.

Random clusters of unit vectors. Each size runs in a fresh process; UMAP's compilation is included. A million is laid
out by PCA, since UMAP of as many takes too long on two cores, and its neighbours are not searched. Where the map is
UMAP's, umap-learn alone is the peer, in another fresh process.

    python -m benchmarks view --write
"""

from collections.abc import Sequence

from benchmarks.harness.page import made_by, options, page, progress, publish, table, times
from benchmarks.harness.worker import Worker

SEARCHED = 100_000  # samples; of more, no neighbours are searched


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("view", __doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--dim", type=int, default=256)
    arguments = parser.parse_args(line)
    rows = []
    for count in arguments.sizes:
        with Worker("torch", "view.ours") as worker:  # which needs no backend; any environment of ours will do
            found = worker.ask("measure", count=count, dim=arguments.dim)
        alone = None
        if found["method"] == "UMAP":
            with Worker("torch", "view.peer") as worker:
                alone = worker.ask("measure", count=count, dim=arguments.dim, seed=0)
        searched = f"{found['neighbours']:.1f}" if count <= SEARCHED else "not searched"
        cells = [f"{count:,}", f"{found['read']:.1f}", searched, f"{found['map']:.1f} ({found['method']})"]
        cells += ["–" if alone is None else f"{alone:.1f}", times(found["map"], alone)]
        cells += [f"{found[name]:,.1f}" for name in ("page", "total", "peak", "size", "open", "heap")]
        rows.append(cells)
        progress(", ".join(cells))
    columns = ["samples", "read", "neighbours", "map", "umap-learn alone", "of it", "write", "total", "peak MB"]
    columns += ["page MB", "open page", "script MB"]
    text = page(
        "semihard view: time and memory",
        f"{made_by('view')}; {arguments.dim} dimensions, 100 classes, no pictures. In seconds and megabytes. UMAP's "
        "import and compilation are in its column. A million is laid out by PCA, as UMAP of as many takes too long on "
        "two cores. Headless Chromium opens the page, with WebGL in software.",
        table(columns, rows),
    )
    publish("view", text, arguments.write)
