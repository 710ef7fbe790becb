"""Wrong labels and near-duplicates that were put in on purpose: how many are found, and how much else is flagged.

python -m benchmarks cleaning --write
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.cleaning.noise import noisy, small_classes
from benchmarks.harness.checkout import MNIST
from benchmarks.harness.environments import OURS
from benchmarks.harness.page import made_by, options, page, progress, publish, section, table
from benchmarks.harness.worker import Worker
from semihard.evaluation import duplicates, label_errors, nearest_neighbors

K = 15
# Student's quantile for 95 % of the mean of three.
STUDENT = 4.303
NOISE = ((0.01, "any"), (0.05, "any"), (0.2, "any"), (0.1, "confused"))
METHODS = {
    "ours": "`label_errors`",
    "prediction": "k-NN predicts another label",
    "majority": "most of k have another label",
    "confident_learning": "cleanlab, confident_learning",
    "prune_by_noise_rate": "cleanlab, prune_by_noise_rate",
}


def flagged(peer: Worker, x: np.ndarray, labels: np.ndarray, neighbors: np.ndarray) -> dict[str, np.ndarray]:
    """Method → the samples that it flags."""
    shares = np.zeros((len(labels), int(labels.max()) + 1))
    np.add.at(shares, (np.arange(len(labels))[:, None], labels[neighbors]), 1.0 / K)
    own = shares[np.arange(len(labels)), labels]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "set.npz")
        np.savez(path, labels=labels, neighbors=neighbors)
        asked = {name: np.array(peer.ask("issues", path=path, filter_by=name), int) for name in list(METHODS)[3:]}
    return {
        "ours": label_errors(x, labels, k=K).samples,
        "prediction": np.flatnonzero(shares.max(axis=1) > own),
        "majority": np.flatnonzero(own < 0.5),
        **asked,
    }


def rates(found: np.ndarray, wrong: np.ndarray) -> tuple[float, float]:
    """Precision and recall."""
    hits = np.count_nonzero(wrong[found])
    return hits / max(len(found), 1), hits / np.count_nonzero(wrong)


def cell(values: list[float]) -> str:
    """A mean, with its interval where there are several."""
    mean = f"{np.mean(values):.3f}"
    return mean if len(values) < 2 else f"{mean} ± {STUDENT * np.std(values, ddof=1) / np.sqrt(len(values)):.3f}"


def rows_of(name: str, what: str, seeds: list[dict[str, tuple[float, float]]]) -> list[list[str]]:
    """The lines of a set, a method each."""
    return [
        [name, what, title, *(cell([found[method][side] for found in seeds]) for side in (0, 1))]
        for method, title in METHODS.items()
    ]


def copies(data: dict[str, np.ndarray]) -> str:
    """The table of changed copies beside the digits that they are of."""
    test, usual = data["test"], duplicates(data["test"])
    rows = []
    for name, changed in zip(data["names"], data["copies"], strict=True):
        apart = np.linalg.norm(changed.astype(float) - test[: len(changed)], axis=1)
        rows.append([str(name), *(f"{np.mean(apart <= part * usual.threshold):.3f}" for part in (0.5, 1, 2))])
    others = [f"{len(duplicates(test, threshold=part * usual.threshold)) / len(test):.4f}" for part in (0.5, 1, 2)]
    rows.append(["*another digit at that distance*", *others])
    return table(["change", "half of it", "the usual threshold", "twice"], rows, words=["change"])


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("cleaning", __doc__)
    parser.add_argument("--steps", type=int, default=300, help="balanced batches of 100 that a model is trained on")
    parser.add_argument("--backend", choices=list(OURS), default="tensorflow", help="of the model")
    arguments = parser.parse_args(line)
    rows = []
    with tempfile.TemporaryDirectory() as folder, Worker("cleanlab", "cleaning.peer") as peer:
        found, ran = {}, ""
        with Worker(arguments.backend, "cleaning.ours") as worker:
            for share in (0.0, 0.1):
                path = str(Path(folder) / f"{share}.npz")
                ran = worker.ask("embed", data=str(MNIST), to=path, steps=arguments.steps, share=share)
                found[share] = dict(np.load(path))
                progress(f"embedded, {share:.0%} of the labels wrong")
        sets = {"10,000 test digits": (found[0.0]["test"], found[0.0]["test_labels"], [*NOISE])}
        for each in (4, 10):
            sets[f"300 classes of {each}"] = (*small_classes(300, each, 0.6, 0), [(0.05, "any"), (0.2, "any")])
        for name, (x, labels, noise) in sets.items():
            neighbors = nearest_neighbors(x, k=K)[1]
            for share, kind in noise:
                seeds = []
                for seed in range(3):
                    wrong = noisy(labels, share, kind, seed)
                    asked = flagged(peer, x, wrong, neighbors)
                    seeds.append({method: rates(some, wrong != labels) for method, some in asked.items()})
                rows += rows_of(name, f"{share:.0%}{', the next class' if kind == 'confused' else ''}", seeds)
                progress(", ".join(rows[-len(METHODS)]))
        data = found[0.1]
        asked = flagged(peer, data["training"], data["learned"], nearest_neighbors(data["training"], k=K)[1])
        once = {method: rates(some, data["learned"] != data["right"]) for method, some in asked.items()}
        rows += rows_of("10,000 training digits, learned so", "10%", [once])
        clean = label_errors(found[0.0]["test"], found[0.0]["test_labels"], k=K)
        versions = f"{ran}; {peer.ask('version')}"
    text = page(
        "Wrong labels and near-duplicates, put in on purpose",
        f"{made_by('cleaning')}: {versions}. Digits are MNIST's, embedded by the tutorial's model after "
        f"{arguments.steps} balanced batches of 100; small classes are points around centers in 32 dimensions.",
        section(
            "Wrong labels",
            f"A share of the labels is another by chance, or the next class. Each sample is judged by its {K} nearest; "
            "cleanlab gets their votes as predicted probabilities. Precision: of what is flagged, the share that was "
            "put in; recall: the share of what was put in that is flagged. ± is Student's 95% interval over three "
            "draws of the noise.",
            table(["set", "wrong", "flagged where", "precision", "recall"], rows, words=["set", "flagged where"]),
            f"Of the test digits as they are, `label_errors` flags {len(clean):,} of 10,000: what the model takes for "
            "another digit, and that counts against precision above. With 1% of the labels wrong it is as many as the "
            "wrong ones.",
        ),
        section(
            "Near-duplicates",
            "The share of 1,000 changed copies that lie within the threshold of the digit they were made of, and the "
            "share of the 10,000 digits that have another one so near, none of which is a copy. What moves a picture "
            "by a pixel is farther for this model than another digit of its kind is: that is no near-duplicate to it.",
            copies(found[0.0]),
        ),
    )
    publish("cleaning", text, arguments.write)
