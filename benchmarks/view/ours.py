"""Worker: `semihard view` stage by stage, and opening its page in headless Chromium."""

import tempfile
import time
from pathlib import Path

from benchmarks.harness.memory import resident
from benchmarks.harness.serve import serve
from benchmarks.view.vectors import make
from semihard.visualization import make_view, read_metadata, read_vectors, write_page, write_tsv

STAGES = ("read", "neighbours", "map", "page", "total")


def measure(count: int, dim: int) -> dict[str, float]:
    """Write files, make the page of them, and return seconds of each stage and megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        vecs, meta = write_tsv(*make(count, dim), folder)
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
    from tests.browser import open_browser  # of this checkout

    with open_browser() as browser:
        tab = browser.new_page(viewport={"width": 1400, "height": 900})
        start = time.perf_counter()
        tab.goto(page.as_uri(), timeout=300_000)
        tab.wait_for_function("window.semihardView && window.semihardView.ready", timeout=300_000)
        seconds = time.perf_counter() - start
        heap = tab.evaluate("performance.memory.usedJSHeapSize / 2 ** 20")
    return {"open": seconds, "heap": heap}


if __name__ == "__main__":
    serve({"measure": measure})
