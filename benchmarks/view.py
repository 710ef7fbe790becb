"""Time and memory of `semihard view`, stage by stage, and of opening the page in headless Chromium.

Random clusters of unit vectors. Each size runs in a fresh process; UMAP's compilation is included. A million is laid
out by PCA, since UMAP of as many takes too long on two cores, and its neighbours are not searched.

    python benchmarks/view.py --write
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _environments import CHECKOUT, machine
from _memory import resident

STAGES = ("read", "neighbours", "map", "page", "total")


def measure(count: int, dim: int) -> dict[str, float]:
    """Write files, make the page of them, and return seconds of each stage and megabytes."""
    from semihard.projector import read_metadata, read_vectors, write_tsv
    from semihard.viewer import make_view, write_page

    with tempfile.TemporaryDirectory() as folder:
        rng = np.random.default_rng(0)
        labels = rng.integers(100, size=count)
        vectors = rng.normal(size=(100, dim)).astype(np.float32)[labels]
        vectors += rng.normal(size=vectors.shape, scale=0.5).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        vecs, meta = write_tsv(vectors, labels, folder)
        del vectors
        start = time.perf_counter()
        embeddings, metadata = read_vectors(vecs), read_metadata(meta)
        read = laid_out = time.perf_counter()

        def note(what: str, done: int, total: int) -> None:
            nonlocal laid_out
            if what == "searched":
                laid_out = time.perf_counter()

        view = make_view(embeddings, metadata, progress=note)
        made = time.perf_counter()
        page = write_page(view, Path(folder) / "view.html")
        end = time.perf_counter()
        found = dict(
            zip(STAGES, (read - start, laid_out - read, made - laid_out, end - made, end - start), strict=True)
        )
        found["method"] = view.methods[0]
        found |= {"peak": resident("VmHWM") / 1024, "size": page.stat().st_size / 2**20, **opened(page)}
    return found


def opened(page: Path) -> dict[str, float]:
    """Seconds until the browser has drawn every point, and megabytes of its JavaScript heap."""
    sys.path.insert(0, str(CHECKOUT))
    from tests.browser import open_browser

    with open_browser() as browser:
        tab = browser.new_page(viewport={"width": 1400, "height": 900})
        start = time.perf_counter()
        tab.goto(page.as_uri(), timeout=300_000)
        tab.wait_for_function("window.semihardView && window.semihardView.ready", timeout=300_000)
        seconds = time.perf_counter() - start
        heap = tab.evaluate("performance.memory.usedJSHeapSize / 2 ** 20")
    return {"open": seconds, "heap": heap}


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks/view.md")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.dim)))
        return
    rows = []
    for count in arguments.sizes:
        command = [sys.executable, __file__, "--one", str(count), "--dim", str(arguments.dim)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found = json.loads(done.stdout.splitlines()[-1])
        searched = f"{found['neighbours']:.1f}" if count <= 100_000 else "not searched"
        cells = [f"{count:,}", f"{found['read']:.1f}", searched, f"{found['map']:.1f} ({found['method']})"]
        cells += [f"{found[name]:,.1f}" for name in ("page", "total", "peak", "size", "open", "heap")]
        rows.append(f"| {' | '.join(cells)} |")
        print(rows[-1], file=sys.stderr)
    text = "\n".join(
        [
            "# semihard view: time and memory",
            "",
            f"Made by `benchmarks/view.py` on {machine()}; {arguments.dim} dimensions, 100 classes, no pictures. In "
            "seconds and megabytes. UMAP's import and compilation are in its column. A million is laid out by PCA, as "
            "UMAP of as many takes too long on two cores. Headless Chromium opens the page, with WebGL in software.",
            "",
            "| samples | read | neighbours | map | write | total | peak MB | page MB | open page | script MB |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
            *rows,
            "",
        ]
    )
    print(text)
    if arguments.write:
        (CHECKOUT / "docs" / "benchmarks" / "view.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
