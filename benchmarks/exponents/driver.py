"""How time and memory grow: exponents of search, of a gallery's index and of mining, and what they predict.

Each size runs in a fresh process. An exponent is the slope of the logarithms over all sizes, and its range are the
slopes between two sizes that follow each other. A prediction goes from the largest size by two exponents, that between
the two largest and that of the algorithm, and of memory by what each more took, with and without what is fixed: it says
what the law makes of it, and not what somebody measured.

    python -m benchmarks exponents --write
    python -m benchmarks exponents --only search --sizes 20000 40000 80000
"""

import math
from collections.abc import Sequence

from benchmarks.exponents.fit import power
from benchmarks.harness.environments import OURS
from benchmarks.harness.machine import busy
from benchmarks.harness.page import made_by, options, page, progress, publish, section, table
from benchmarks.harness.worker import Worker

WORK = {
    "search": "exact search of all among all, k = 10",
    "query": "exact search of one query, k = 10",
    "index": "building the index (HNSW) of a gallery",
    "mining": "semi-hard mining of one batch by row blocks, forward and backward, K = 4",
}
# Of each kind of work, the size that a page speaks of.
FAR = {"search": (10**6, 10**9), "query": (10**6, 10**9), "index": (10**6, 10**9), "mining": (2**20,)}
# The exponents of time in the algorithms, but for a logarithm in that of an index; all memory is linear.
LAWS = {"search": 2, "query": 1, "index": 1, "mining": 2}
COUNTS, STORED = (10**6, 10**7, 10**8, 10**9), (128, 256, 512)
UNITS = ((86400 * 365.25, "years"), (86400, "days"), (3600, "hours"), (60, "minutes"))


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("exponents", __doc__)
    parser.add_argument("--only", nargs="+", choices=WORK, default=list(WORK))
    parser.add_argument("--sizes", type=int, nargs="+", default=[30_000, 60_000, 120_000, 240_000])
    parser.add_argument("--index-sizes", type=int, nargs="+", default=[15_000, 30_000, 60_000, 120_000])
    parser.add_argument("--batches", type=int, nargs="+", default=[4096, 8192, 16384, 32768, 65536])
    parser.add_argument("--dim", type=int, default=128, help="of what is searched; batches have 256")
    parser.add_argument("--backend", choices=list(OURS), default="torch", help="that mines")
    arguments = parser.parse_args(line)
    sizes = {
        "search": arguments.sizes,
        "query": arguments.sizes,
        "index": arguments.index_sizes,
        "mining": arguments.batches,
    }
    if any(len(set(sizes[work])) < 2 for work in arguments.only):
        parser.error("Expected at least two sizes of each: one has no slope.")
    beside = busy()
    sections, laws = [], []
    for work in arguments.only:
        found = {size: measured(work, size, arguments) for size in sorted(set(sizes[work]))}
        rows = [[f"{size:,}", f"{got['seconds']:.3g}", f"{got['peak']:,.0f}"] for size, got in found.items()]
        unit = "seconds" if work == "mining" else "seconds on the cores"
        sections.append(section(capital(WORK[work]), table(["size", unit, "peak, MB"], rows)))
        time, memory = (power(list(found), [got[name] for got in found.values()]) for name in ("seconds", "peak"))
        for size in FAR[work]:
            laws.append([WORK[work], f"{min(found):,} to {max(found):,}", str(time), str(memory), f"{size:,}"])
            laws[-1] += [between(time.at(size, LAWS[work]), as_time), between(memory.linear(size), as_memory)]
    columns = ["work", "measured", "time ~ size to the", "memory ~ size to the"]
    columns += ["at", "would take", "and hold at its peak"]
    storage = [[f"{count:,}", *(as_memory(count * dim * 4 / 1e6) for dim in STORED)] for count in COUNTS]
    text = page(
        "How time and memory grow",
        f"{made_by('exponents')}; {arguments.dim} dimensions, batches 256, on {arguments.backend}. {beside} "
        "The peak is above the vectors themselves. In brackets the least and the largest slope between two sizes that "
        "follow each other. Times are predicted from the largest size by the slope between the two largest and by the "
        "exponent of the algorithm (2, 1, 1 and 2), memory by what each more took between the two largest, and as if "
        "nothing of it were fixed. Nothing of the last three columns was measured. Times are of all cores together, "
        "those of mining by the clock. The searches predicted are in one part; in parts they hold what they are given.",
        section("Exponents, and what they predict", table(columns, laws, words=["work"])),
        *sections,
        section("Bytes of vectors in float32, by their numbers", table(["vectors", *map(str, STORED)], storage)),
    )
    publish("exponents", text, arguments.write)


def measured(work: str, size: int, arguments) -> dict[str, float]:
    """Seconds and peak megabytes of one size, in a process of its own."""
    if work == "mining":
        with Worker(arguments.backend, "large_batch.ours", "semi-hard") as worker:
            got = worker.ask("step", layout="K = 4", batch=size, dim=256, anchors=1)
    else:
        with Worker("ann", "exponents.ours") as worker:
            got = worker.ask(work, count=size, dim=arguments.dim)
    progress(f"{WORK[work]}, {size:,}: {got['seconds']:.3g} s, {got['peak']:.0f} MB")
    return got


def between(ends: tuple[float, float], say) -> str:
    """The two ends of a prediction, or one where they read alike."""
    low, high = map(say, ends)
    return low if low == high else f"{low} to {high}"


def as_time(seconds: float) -> str:
    """In the largest unit of which there is one at least, two digits."""
    for length, name in UNITS:
        if seconds >= length:
            return f"{digits(seconds / length)} {name}"
    return f"{digits(seconds)} seconds"


def as_memory(megabytes: float) -> str:
    """In MB, GB or TB, two digits."""
    for size, name in ((1e6, "TB"), (1e3, "GB")):
        if megabytes >= size:
            return f"{digits(megabytes / size)} {name}"
    return f"{digits(megabytes)} MB"


def digits(value: float) -> str:
    """Two of them that count, without an exponent."""
    return f"{round(value, 1 - math.floor(math.log10(value))):,.10g}" if value > 0 else "0"


def capital(text: str) -> str:
    """The first letter large, the others as they are."""
    return text[0].upper() + text[1:]
