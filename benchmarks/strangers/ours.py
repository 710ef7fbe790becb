"""Worker: embeddings of identities, and how often strangers among them get a name."""

import keras
import numpy as np

from benchmarks.harness.serve import serve
from benchmarks.strangers import nets
from semihard.evaluation import calibrate_identification
from semihard.gallery import Gallery

# Pictures of an identity: one is looked for, the others are enrolled.
EACH = 6
# Galleries that a promise of a mean is measured in.
GALLERIES = 3
# Pictures of a stranger: more of one say little more.
OF_A_STRANGER = 2


def synthetic(folder, seed, identities=3000, dim=16):
    """Points around a point for each identity, some farther from it than others."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(identities), EACH)
    wide = rng.uniform(0.2, 0.5, (identities, 1))
    vectors = rng.normal(size=(identities, dim))[labels] + wide[labels] * rng.normal(size=(len(labels), dim))
    return _kept(folder, "synthetic", vectors, labels, f"Normal distributions in {dim} dimensions, of different widths")


def frozen(images, folder, seed):
    """Features that ImageNet has taught a backbone, as they are."""
    keras.utils.set_random_seed(seed)
    given = np.load(images)
    vectors = nets.frozen_features(given["images"])
    return _kept(folder, "frozen", vectors, given["labels"], "efficientnet_lite0, frozen as ImageNet has left it")


def trained(images, folder, seed):
    """What a small net makes of classes that it was not trained on."""
    keras.utils.set_random_seed(seed)
    given = np.load(images)
    pictures, labels, rows = given["images"], given["labels"], given["test_0"]
    net = nets.train(pictures, labels, given["train_0"], seed)
    seen = len(np.unique(labels[given["train_0"]]))
    text = f"A small net, trained for {nets.STEPS} batches on {seen:,} other classes"
    return _kept(folder, "trained", nets.embed(net, pictures[rows]), labels[rows], text)


def measure(vectors, way, size, calibrating, repeats, seed):
    """Repeat: calibrate on some identities, enrol others, and look for both the enrolled and strangers.

    Returns lists [repeats]: `target`; `fpir` and `fnir`, as they were promised; `named` and `missed`, the shares of
    strangers with a name and of enrolled without theirs; and `holds`, whether the former is in the promised interval.
    """
    given = np.load(vectors)
    vectors, labels = given["vectors"], given["labels"]
    found = {name: [] for name in ("target", "fpir", "named", "holds", "fnir", "missed")}
    for repeat in range(repeats):
        rng = np.random.default_rng([seed, repeat])
        people = rng.permutation(np.unique(labels))
        own = np.isin(labels, people[:calibrating])
        galleries = []
        for _ in range(GALLERIES if way == "size" else 1):
            others = rng.permutation(people[calibrating:])
            galleries.append((others[:size], others[size:]))
        enrolled = _enrolled(labels, galleries[0][0])
        if way == "size":
            each = np.bincount(labels)[people[0]] - 1
            promise = calibrate_identification(vectors[own], labels[own], gallery=size, enrolled=each, seed=repeat)
        else:
            among = {"gallery": vectors[enrolled], "gallery_labels": labels[enrolled]}
            promise = calibrate_identification(vectors[own], labels[own], **among, seed=repeat)
        named, missed = np.mean([_rates(vectors, labels, *parts, promise, rng) for parts in galleries], axis=0)
        found["target"].append(float(promise.criterion.split("=")[1].split(",")[0]))
        found["named"].append(float(named))
        found["missed"].append(float(missed))
        for rate in ("fpir", "fnir"):
            found[rate].append(promise.achieved[rate].value)
        low, high = promise.achieved["fpir"].interval
        found["holds"].append(bool((promise.gallery > promise.measured or low <= named) and named <= high))
    return found


def _rates(vectors, labels, known, strangers, promise, rng):
    enrolled = _enrolled(labels, known)
    gallery = Gallery.create(vectors[enrolled], labels[enrolled], threshold=promise)
    probes = np.flatnonzero(np.isin(labels, known) & ~enrolled)
    some = [rows[:OF_A_STRANGER] for rows in _rows_of(rng, labels, strangers)]
    named = gallery.match(vectors[np.concatenate(some)]).labels
    right = gallery.match(vectors[probes]).labels == labels[probes]
    return np.mean([name is not None for name in named]), 1.0 - right.mean()


def _enrolled(labels, known):
    """All pictures of the known identities but the first of each."""
    first = np.zeros(len(labels), bool)
    first[np.unique(labels, return_index=True)[1]] = True
    return np.isin(labels, known) & ~first


def _rows_of(rng, labels, strangers):
    order = rng.permutation(np.flatnonzero(np.isin(labels, strangers)))
    order = order[np.argsort(labels[order], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _kept(folder, name, vectors, labels, text):
    """Write vectors of equally many pictures of each identity; return where, and what they are."""
    names, counts = np.unique(labels, return_counts=True)
    each = min(EACH, int(np.median(counts)))
    kept = [np.flatnonzero(labels == one)[:each] for one, count in zip(names, counts, strict=True) if count >= each]
    rows, codes = np.concatenate(kept), np.repeat(np.arange(len(kept)), each)
    unit = vectors if name == "synthetic" else vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    path = f"{folder}/{name}.npz"
    np.savez(path, vectors=unit[rows], labels=codes)
    sentence = f"{text}; {len(kept):,} identities of {each}, of each {each - 1} enrolled and one looked for."
    return {"vectors": path, "text": sentence}


if __name__ == "__main__":
    serve({"synthetic": synthetic, "frozen": frozen, "trained": trained, "measure": measure})
