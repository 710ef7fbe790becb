"""The way of a call through semihard: which files a loss enters, and how many calls cross from one file to another.

One call of the loss object, forward only, on the active backend: 512 embeddings, four of a class in any order, and
integer labels, tensors both. The second call counts, since the first builds what is kept. Every call of a Python
function that is written in semihard is an event (`sys.setprofile`); it comes from the file of its nearest caller in
semihard, whatever frameworks stand between. It crosses if that is another file, or if there is none: so the first call,
from outside, is a crossing. Another checkout is traced in a process of its own.

    python -m benchmarks trace
    python -m benchmarks trace --before ../another-checkout
    python -m benchmarks trace --list --losses "TripletSemiHardLoss()"
"""

from collections.abc import Sequence

from benchmarks.harness.checkout import checkout_of
from benchmarks.harness.environments import OURS
from benchmarks.harness.page import options, page, publish, section, table, times
from benchmarks.harness.worker import Worker
from benchmarks.trace.calls import LOSSES


def main(line: Sequence[str]) -> None:
    """Trace, print, and write what was asked for."""
    parser = options("trace", __doc__)
    parser.add_argument("--losses", nargs="+", choices=list(LOSSES), default=list(LOSSES), metavar="LOSS")
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--before", type=checkout_of, metavar="CHECKOUT", help="trace another checkout, too")
    parser.add_argument("--list", action="store_true", help="also print the calls, those that cross marked with >")
    arguments = parser.parse_args(line)
    from benchmarks.trace import ours  # which imports Keras; `--help` need not wait for it

    found = {(loss, ""): ours.trace(loss, arguments.batch) for loss in arguments.losses}
    if arguments.before:
        with Worker(ours.BACKEND, "trace.ours", checkout=arguments.before) as worker:
            for loss in arguments.losses:
                found[loss, " before"] = worker.ask("trace", loss=loss, batch=arguments.batch)
    moments = ["", " before"] if arguments.before else [""]
    columns = ["loss", *(what + when for when in moments for what in COUNTS)]
    columns += ["crossings now/before"] if arguments.before else []
    rows, lists = [], []
    for loss in arguments.losses:
        counts = [{what: len(got) for what, got in split(found[loss, when]).items()} for when in moments]
        cells = [f"`{loss}`", *(str(count) for one in counts for count in one.values())]
        cells += [times(counts[0]["crossings"], counts[1]["crossings"])] if arguments.before else []
        rows.append(cells)
        lists += [section(f"`{loss}`{when}", path(found[loss, when])) for when in moments if arguments.list]
    text = page(
        "The way of a call through semihard",
        f"Made by `python -m benchmarks trace` on {OURS[ours.BACKEND].title}: {arguments.batch} embeddings, four of a "
        "class, forward. Files of semihard that are entered, calls that cross from one file to another (the first one "
        "included), and all calls of functions in semihard.",
        table(columns, rows, words=["loss"]),
        *lists,
    )
    publish("trace", text, arguments.write)


# Words of the backend stand where others would write words of `keras.ops`, whose own calls are not counted.
COUNTS = ("files", "crossings", "crossings but for words of the backend", "calls")


def split(calls: list[list[str]]) -> dict[str, list | set]:
    """The files, the calls that cross, and all calls of a trace of (from, to, function)."""
    return {
        "files": {to for _, to, _ in calls},
        "crossings": [call for call in calls if call[0] != call[1]],
        "crossings but for words of the backend": [
            call for call in calls if call[0] != call[1] and not call[1].startswith(("backend/", "_backend"))
        ],
        "calls": calls,
    }


def path(calls: list[list[str]]) -> str:
    """The calls in order, a line each."""
    lines = [f"{'>' if start != to else ' '} {start or 'outside'} -> {to}: {name}" for start, to, name in calls]
    return "\n".join(["```text", *lines, "```"])
