"""Time and memory of exact semi-hard mining, forward + backward, against the peers and the matrix products under it.

Each peer is a worker in its own environment (made on first use). Rounds go case by case through all peers, so that a
busy moment of the machine touches each alike; the figures are medians. Peak memory is that of a fresh worker a case.

    python benchmarks/mining.py --write --plot
    python benchmarks/mining.py --sizes 16384 65536 --peers jax torch --rounds 1
"""

import argparse
import statistics
import sys
from pathlib import Path

from _environments import CHECKOUT, BenchmarkError, Worker, machine
from _mining_cases import LAYOUTS, Case

DOCS = CHECKOUT / "docs" / "benchmarks"
PEERS = {
    "tensorflow": "semihard, TensorFlow",
    "tensorflow-xla": "semihard, TensorFlow (XLA)",
    "jax": "semihard, JAX",
    "torch": "semihard, PyTorch",
    "tfa": "TensorFlow Addons 0.23",
    "pml": "pytorch-metric-learning 2.9",
    "st": "sentence-transformers 6.2",
}
OURS = ("tensorflow", "tensorflow-xla", "jax", "torch")


def start(peer: str, huge_pages: bool) -> Worker:
    """Start the worker of `peer`."""
    backend = peer.split("-")[0]
    environ = {"KERAS_BACKEND": backend} if peer in OURS else {}
    if huge_pages:
        environ["GLIBC_TUNABLES"] = "glibc.malloc.hugetlb=1"
    return Worker(backend, "_mining_worker.py", peer, environ=environ)


def bytes_needed(peer: str, case: Case) -> float:
    """Estimate the memory of the peers that grow with the number of triplets, so that no run dies of them."""
    if peer == "tfa":
        return 15.0 * case.batch**3
    if peer == "pml":
        return 80.0 * case.triplets() + (case.batch**3 if case.batch < 1291 else 0)
    return 0.0


def bytes_available() -> float:
    """Return the memory that could be taken now; without Linux's /proc, no limit."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return float("inf")
    return next(
        1024.0 * int(line.split()[1]) for line in meminfo.read_text().splitlines() if line.startswith("MemAvailable")
    )


class Results:
    """What was measured, by (peer, case)."""

    def __init__(self) -> None:
        self.times: dict[tuple[str, Case], dict[str, list[float]]] = {}
        self.values: dict[tuple[str, Case], float] = {}
        self.peaks: dict[tuple[str, Case], dict[str, float]] = {}
        self.failed: dict[tuple[str, Case], str] = {}

    def add(self, key: tuple[str, Case], answer: dict) -> None:
        """Keep one round's answer."""
        self.values[key] = answer.pop("value")
        for what, milliseconds in answer.items():
            # A round counts once, however many calls fitted into it.
            self.times.setdefault(key, {}).setdefault(what, []).append(statistics.median(milliseconds))

    def median(self, peer: str, case: Case, what: str = "loss") -> float | None:
        """Return the median over rounds in milliseconds, or None where nothing was measured."""
        rounds = self.times.get((peer, case), {}).get(what)
        return statistics.median(rounds) if rounds else None


def run(arguments: argparse.Namespace) -> Results:
    """Measure everything asked for."""
    cases = [Case(layout, batch, arguments.dim) for layout in arguments.layouts for batch in arguments.sizes]
    results = Results()
    for peer in arguments.peers:
        for case in cases:
            if bytes_needed(peer, case) > 0.9 * bytes_available():
                results.failed[peer, case] = f"needs about {bytes_needed(peer, case) / 1e9:.0f} GB"
    workers: dict[str, Worker] = {}
    try:
        for number in range(arguments.rounds):
            for case in cases:
                for peer in arguments.peers:
                    if (peer, case) in results.failed:
                        continue
                    say(f"round {number + 1}/{arguments.rounds}: {case.batch}, {case.layout}, {PEERS[peer]}")
                    try:
                        worker = workers.get(peer) or workers.setdefault(peer, start(peer, arguments.huge_pages))
                        results.add((peer, case), worker.ask("measure", **vars(case), seconds=arguments.seconds))
                    except BenchmarkError as error:
                        results.failed[peer, case] = str(error)
                        if peer in workers:
                            workers.pop(peer).close()
    except KeyboardInterrupt:
        if not results.times:
            raise
        say("Stopped; these are the figures so far.")
        arguments.memory = False
    finally:
        for worker in workers.values():
            worker.close()
    if arguments.memory:
        for key in results.times:
            say(f"memory: {key[1].batch}, {key[1].layout}, {PEERS[key[0]]}")
            try:
                with start(key[0], arguments.huge_pages) as worker:
                    results.peaks[key] = worker.ask("memory", **vars(key[1]))
            except BenchmarkError as error:
                results.failed[key] = str(error)
    say("")
    return results


def report(results: Results, arguments: argparse.Namespace) -> str:
    """Return the figures as Markdown."""
    cases = [Case(layout, batch, arguments.dim) for layout in arguments.layouts for batch in arguments.sizes]
    peers = arguments.peers
    ours = [peer for peer in peers if peer in OURS]

    def table(title: str, columns: list[str], cell) -> list[str]:
        rows = [
            f"| {case.batch:,} | {case.layout} | " + " | ".join(cell(peer, case) for peer in columns) + " |"
            for case in cases
        ]
        head = "| batch | labels | " + " | ".join(PEERS[peer] for peer in columns) + " |"
        return [f"## {title}", "", head, "|---:|---|" + "---:|" * len(columns), *rows, ""]

    def ratio(above: float | None, below: float | None) -> str:
        return f"{above / below:.3g}×" if above and below else "–"

    def milliseconds(peer: str, case: Case) -> str:
        median = results.median(peer, case)
        return "–" if median is None else f"{median:,.4g}" if median < 1000 else f"{median:,.0f}"

    def megabytes(peer: str, case: Case) -> str:
        peak = results.peaks.get((peer, case))
        return "–" if peak is None else f"{peak['first']:,.0f} / {peak['second']:,.0f}"

    lines = [
        "# Semi-hard mining: time and memory",
        "",
        f"Made by `benchmarks/mining.py` on {machine()}. Forward + backward of the loss alone, margin 1, Euclidean, "
        f"{arguments.dim}-dimensional random unit vectors; medians of {arguments.rounds} interleaved rounds. "
        f"{'Huge pages. ' if arguments.huge_pages else ''}"
        '"10 classes" labels at random, "K = 4" has four rows a class in any order.',
        "",
        *table("Milliseconds a step", peers, milliseconds),
    ]
    if "tfa" in peers:
        lines += table(
            "How many times as fast as TensorFlow Addons",
            [peer for peer in peers if peer != "tfa"],
            lambda peer, case: ratio(results.median("tfa", case), results.median(peer, case)),
        )
    for what, title in (("product", "one X·Xᵀ product"), ("three", "three B×B×d products")):
        lines += table(
            f"Time as a multiple of {title} of the same backend",
            ours or peers,
            lambda peer, case, what=what: ratio(results.median(peer, case), results.median(peer, case, what)),
        )
        lines += table(
            f"Milliseconds of {title}",
            ours or peers,
            lambda peer, case, what=what: f"{results.median(peer, case, what) or float('nan'):,.3g}",
        )
    if results.peaks:
        lines += table("Peak memory above the start, MB: first step (compiles) / second step", peers, megabytes)
    lines += notes(results)
    return "\n".join(lines)


def notes(results: Results) -> list[str]:
    """Return what a reader must know beside the tables: agreement of values, and what is missing and why."""
    lines = []
    compared = {key: value for key, value in results.values.items() if key[0] != "pml" and key[1].batch <= 4096}
    if compared:
        references = {case: case.loss() for case in {case for _, case in compared}}
        worst = max(abs(value - references[case]) / references[case] for (_, case), value in compared.items())
        lines += [
            f"Largest relative distance of a value (batches up to 4,096) from a float64 NumPy loop: {worst:.1e}. "
            "pytorch-metric-learning is left out of it: its miner keeps every triplet inside the margin.",
            "",
        ]
    lines += [f"* {case.batch:,}, {case.layout}, {PEERS[peer]}: {why}" for (peer, case), why in results.failed.items()]
    return lines


def plot(results: Results, arguments: argparse.Namespace, path: Path) -> None:
    """Draw milliseconds over batch size, one panel a layout, both axes logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(arguments.layouts), figsize=(11, 4.8), sharey=True, squeeze=False)
    for panel, layout in zip(panels[0], arguments.layouts, strict=True):
        for peer in arguments.peers:
            cases = [Case(layout, batch, arguments.dim) for batch in arguments.sizes]
            points = [(case.batch, results.median(peer, case)) for case in cases if results.median(peer, case)]
            if points:
                style = "o-" if peer in OURS else "s--"
                panel.plot(*zip(*points, strict=True), style, label=PEERS[peer], markersize=4)
        floors = [
            (batch, min(known))
            for batch in arguments.sizes
            if (
                known := [
                    t
                    for p in arguments.peers
                    if (t := results.median(p, Case(layout, batch, arguments.dim), "product"))
                ]
            )
        ]
        if floors:
            panel.plot(*zip(*floors, strict=True), "k:", label="one X·Xᵀ, fastest backend")
        panel.set(xscale="log", yscale="log", xlabel="batch", title=layout)
        panel.set_xticks(arguments.sizes, [f"{batch:,}" for batch in arguments.sizes], minor=False)
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    panels[0][0].set_ylabel("ms a step, forward + backward")
    panels[0][0].legend(fontsize=8)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)


def say(line: str) -> None:
    """Show progress on the terminal's one line."""
    print(f"\r\x1b[K{line}" if sys.stderr.isatty() else line, end="" if sys.stderr.isatty() else "\n", file=sys.stderr)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 256, 1024, 4096], help="batch sizes")
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS, default=list(LAYOUTS), help="how rows are labelled")
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS), help="what to measure")
    parser.add_argument("--dim", type=int, default=256, help="width of an embedding")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds")
    parser.add_argument("--seconds", type=float, default=0.4, help="time for a case in a round (one call at least)")
    parser.add_argument(
        "--huge-pages",
        action="store_true",
        help="2 MB pages for every worker (glibc): on virtual machines with slow page faults half of the time of a "
        "peer that makes a cubic mask is the kernel's",
    )
    parser.add_argument("--no-memory", dest="memory", action="store_false", help="skip peak memory")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks/mining.md")
    parser.add_argument("--plot", action="store_true", help="also draw docs/benchmarks/mining.png (needs matplotlib)")
    return parser.parse_args()


def main() -> None:
    """Measure, print, and write what was asked for."""
    arguments = parse()
    results = run(arguments)
    if not results.times:
        raise BenchmarkError("Nothing was measured: " + "; ".join(dict.fromkeys(results.failed.values())))
    text = report(results, arguments)
    print(text)
    if arguments.plot:
        plot(results, arguments, DOCS / "mining.png")
    if arguments.write:
        DOCS.mkdir(parents=True, exist_ok=True)
        picture = "\n![Milliseconds a step over the batch size](mining.png)\n" if arguments.plot else ""
        (DOCS / "mining.md").write_text(text + picture, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"mining.py: {error}")
