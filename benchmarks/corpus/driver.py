"""All of a corpus searched among themselves, exactly: time on the cores and memory, beside faiss's exact search.

Unit vectors in classes that overlap, each searched in all with itself, as faiss does. Each side and size runs in a
fresh process, on as many cores; a round is all sides in turn. What takes longer than the limit is left out, and so
named. "From a file" has the vectors in a file that is mapped, and a memory of its own. The report is `evaluate` with
R-Precision, MAP@R, MRR, intervals and confusions.

    python -m benchmarks corpus --write
    python -m benchmarks corpus --sizes 20000 --ks 10 --rounds 3
"""

import os
import statistics
import tempfile
import threading
from collections.abc import Sequence

from benchmarks.harness.checkout import BenchmarkError
from benchmarks.harness.machine import busy
from benchmarks.harness.page import made_by, options, page, progress, publish, section, table
from benchmarks.harness.worker import Worker

PEER = "faiss 1.15 Flat"
SIDES = {"faiss": PEER, "ours": "ours", "file": "ours, from a file", "report": "the whole report"}
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
COLUMNS = ["k", "", "seconds", "on the cores", "of faiss's", "peak MB", "the same neighbours"]


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("corpus", __doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 60_000, 250_000])
    parser.add_argument("--dims", type=int, nargs="+", default=[128, 256])
    parser.add_argument("--ks", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES), metavar="SIDE")
    parser.add_argument("--rounds", type=int, default=1, help="the sides in turn; medians")
    parser.add_argument("--threads", type=int, default=CORES, help="and cores that each side has")
    parser.add_argument("--memory", type=int, default=2**27, help="bytes, of the search from a file")
    parser.add_argument("--limit", type=float, default=900, metavar="SECONDS", help="that a side may take (900)")
    arguments = parser.parse_args(line)
    beside = busy()
    sections = []
    for dim in arguments.dims:
        for count in arguments.sizes:
            with tempfile.TemporaryDirectory() as folder:
                with Worker("ann", "corpus.ours") as worker:
                    worker.ask("make", folder=folder, count=count, dim=dim)
                rows, left_out = measure(folder, arguments)
            missing = f"Left out: {'; '.join(left_out)}." if left_out else ""
            parts = [table(COLUMNS, rows, words=[""]), *([missing] if missing else [])]
            sections.append(section(f"{count:,} vectors of {dim} numbers", *parts))
    text = page(
        "A corpus searched among itself, exactly",
        f"{made_by('corpus')}, {arguments.threads} of them for each side. {beside}",
        "On the cores: what all threads together spent there, which other work lengthens less. Peak: memory above the "
        "vectors themselves, with what is found; the index of faiss is a copy of them. The search from a file was "
        f"given {arguments.memory / 2**20:,.0f} MiB, and what it has read of the file counts as memory, too, which "
        "the system takes back where it needs it. The same neighbours: of 500 queries, the share of the k distances "
        "that are faiss's, up to its rounding.",
        *sections,
    )
    publish("corpus", text, arguments.write)


def measure(folder: str, arguments) -> tuple[list[list[str]], list[str]]:
    """The rows of one size, and which sides are left out."""
    rows, left_out = [], []
    # The report has a depth of its own.
    asked = [(k, side) for k in arguments.ks for side in arguments.sides if side != "report"]
    asked += [(0, "report")] * ("report" in arguments.sides)
    found = {case: [] for case in asked}
    for _ in range(arguments.rounds):
        for k, side in asked:
            got = measured(folder, side, k, arguments)
            if isinstance(got, str):
                left_out.append(f"{SIDES[side]}, k = {k}: {got}")
            else:
                found[k, side].append(got)
            said = got if isinstance(got, str) else f"{got['seconds']:.1f} s, {got['busy']:.1f} s on the cores"
            progress(f"{SIDES[side]}, k = {k}: {said}")
    for (k, side), several in found.items():
        if not several:
            continue
        middle = {name: statistics.median(got[name] for got in several) for name in ("seconds", "busy", "peak")}
        peer = found.get((k, "faiss"))
        ratio = "–"
        if peer and side != "faiss":
            # Of the same round, since what else runs lengthens both.
            ratio = f"{statistics.median(a['busy'] / b['busy'] for a, b in zip(several, peer, strict=False)):.2f}"
        same = several[0]["same"]
        cells = [str(k or "–"), SIDES[side], f"{middle['seconds']:,.1f}", f"{middle['busy']:,.1f}", ratio]
        rows.append([*cells, f"{middle['peak']:,.0f}", "–" if same is None else f"{same:.4f}"])
    return rows, left_out


def measured(folder: str, side: str, k: int, arguments) -> dict[str, float] | str:
    """The figures of a side, or why there are none."""
    module = "corpus.peer" if side == "faiss" else "corpus.ours"
    # Ours has threads of its own, each with products on one.
    environ = {"OMP_NUM_THREADS": str(arguments.threads if side == "faiss" else 1), "OPENBLAS_NUM_THREADS": "1"}
    environ |= {"OPENBLAS_NUM_THREADS": str(arguments.threads)} if side == "faiss" else {}
    with Worker("ann", module, str(arguments.threads), environ=environ) as worker:
        timer = threading.Timer(arguments.limit, worker.kill)
        timer.start()
        try:
            options = {} if side == "faiss" else {"side": side, "memory": arguments.memory}
            return worker.ask("measure", folder=folder, k=k, **options)
        except BenchmarkError as error:
            return f"it takes more than {arguments.limit:g} seconds" if not timer.is_alive() else str(error)
        finally:
            timer.cancel()
