# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     notebook_metadata_filter: jupytext,kernelspec,-jupytext.text_representation
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Text: product names that mean the same thing
#
# Several shops send lists of what they sell. One writes *"Moravel kettle KX-420 1.5 l black"*, another *"KX420 Moravel
# ketle blk 1500ml"*. Which lines are the same product? No list of classes can answer, for tomorrow's products are in no
# list of today. An embedding can: it places strings so that two lines of one product lie together, products never seen
# included, and a threshold on the distance says "the same".
#
# Metric learning is the same for text as for pictures; only the model's first layers differ. Here they read characters,
# and the whole model is small enough for two cores. Beside it stands what one should always try first: character
# n-grams with TF-IDF, from scikit-learn, which need no training at all.
#
# It needs `pip install "semihard[tensorflow,plots,clustering]"` (or `jax`, `torch` in the place of `tensorflow`).

# %% [markdown]
# ## Set up
#
# Keras decides on its backend when it is imported, so the choice comes before.

# %%
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # or "jax", "torch"

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from sklearn.feature_extraction.text import TfidfVectorizer

import semihard
from semihard.data import BalancedBatches, BatchPlan
from semihard.evaluation import duplicates
from semihard.losses import MultiSimilarityLoss

keras.utils.set_random_seed(0)

# %% tags=["parameters"]
TRAINING_PRODUCTS = 1000
OTHER_PRODUCTS = 400  # to set the threshold, and as many again to test
EPOCHS = 3
TARGET_FAR = 1e-4

# %% [markdown]
# ## Data
#
# A program makes up the products, so that nothing needs to be downloaded and the truth is known. A brand sells a thing
# as several models, sizes and colors: *those are different products*, although their names differ in a few characters.
# Without such twins the task would be too easy.

# %%
SYLLABLES = ["bas", "bel", "cor", "dal", "den", "fi", "gar", "kim", "lo", "lun", "mor", "na", "pol", "rev", "ta", "zen"]
THINGS = ["kettle", "toaster", "blender", "backpack", "speaker", "keyboard", "tent", "jacket", "bottle", "printer"]
COLORS = {"black": "blk", "white": "wht", "silver": "slv", "red": "rd", "blue": "blu", "green": "grn"}
SIZES = {"0.5 l": "500ml", "0.75 l": "750ml", "1 l": "1000ml", "1.5 l": "1500ml", "2 l": "2000ml", "2.5 l": "2500ml"}


def products(count: int, rng: np.random.Generator) -> list[list[str]]:
    """Brand, thing, model, size and color; about four products have the first two in common."""
    made = {}
    while len(made) < count:
        brand, thing = "".join(rng.choice(SYLLABLES, 3)), rng.choice(THINGS)
        models = [f"{''.join(rng.choice(list('abdgkmrtx'), 2))}-{rng.integers(10, 99)}0" for _ in range(2)]
        for _ in range(4):
            made[brand, thing, rng.choice(models), rng.choice(list(SIZES)), rng.choice(list(COLORS))] = None
    return [[str(word) for word in product] for product in made][:count]


# %% [markdown]
# Each shop writes the same product in its own way. Four kinds of change, of which a line has one or two:

# %%
CHANGES = ["typo", "short", "order", "filler"]
FILLERS = ["new", "original", "top offer", "2 year warranty", "free shipping"]


def line(product: list[str], changes: list[str], rng: np.random.Generator) -> str:
    """How a shop writes it."""
    brand, thing, model, size, color = product
    if "typo" in changes:  # a letter left out, doubled, or behind its neighbor
        i = rng.integers(1, len(brand) - 1)
        wrong = brand[i + 1 :], brand[i] + brand[i:], brand[i + 1] + brand[i] + brand[i + 2 :]
        brand = brand[:i] + wrong[rng.integers(3)]
    if "short" in changes:
        model, size, color = model.replace("-", ""), SIZES[size], COLORS[color]
    words = [brand, thing, model, size, color]
    if "filler" in changes:
        for extra in rng.choice(FILLERS, 2, replace=False):
            words.insert(rng.integers(len(words) + 1), str(extra))
    if "order" in changes:
        words = [words[i] for i in rng.permutation(len(words))]
    return " ".join(words)


def catalog(products: list[list[str]], lines: int, rng: np.random.Generator) -> tuple[list[str], np.ndarray]:
    """Strings and the number of the product that each means."""
    texts = [
        line(product, rng.choice(CHANGES, rng.integers(1, 3), replace=False).tolist(), rng)
        for product in products
        for _ in range(lines)
    ]
    return texts, np.repeat(np.arange(len(products)), lines)


rng = np.random.default_rng(0)
made = products(TRAINING_PRODUCTS + 2 * OTHER_PRODUCTS, rng)
training, known, unseen = (
    made[:TRAINING_PRODUCTS],
    made[TRAINING_PRODUCTS:-OTHER_PRODUCTS],
    made[-OTHER_PRODUCTS:],
)
train_texts, train_labels = catalog(training, 8, rng)
known_texts, known_labels = catalog(known, 4, rng)
test_texts, test_labels = catalog(unseen, 4, rng)
print(*test_texts[:8], sep="\n")

# %% [markdown]
# The first four lines are one product, and the next four another one of the same brand. The test's products come last
# in the list, so that their brands were never seen either; 400 others, of which it is known what belongs together, are
# kept for the threshold.

# %% [markdown]
# ## What can be had without training
#
# TF-IDF counts the character n-grams of a string and weighs the rare ones up. The distance between two rows of unit
# length is then small where they share rare n-grams. It has seen the same training lines as the model will, which tell
# it what is rare, but not which of them belong together.

# %%
tfidf = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), max_features=4096, dtype=np.float32).fit(train_texts)
print(semihard.evaluate(tfidf.transform(test_texts).toarray(), test_labels, resamples=0))

# %% [markdown]
# Of each line: is the nearest other line the same product (Recall@1)? And do the other lines of its product come before
# all else (MAP@R)? The baseline is not bad. It has no way to know, though, that "1500ml" and "1.5 l" are the same, that
# "free shipping" means nothing, and that a digit of the model number means more than a letter of the brand.

# %% [markdown]
# ## The model
#
# Characters become numbers, a string 64 of them, with 0 where it has ended. Two convolutions look at five characters
# and then at nine; the maximum over all places says what occurs, wherever it stands, which is what words in any order
# need. No mask is passed on: after the maximum nothing is left that a mask could mean.

# %%
ALPHABET = " abcdefghijklmnopqrstuvwxyz0123456789.-"
LENGTH = 64


def numbers(texts: list[str]) -> np.ndarray:
    """Characters as int32 [texts, LENGTH], counted from 1; 0 behind the end."""
    found = np.zeros((len(texts), LENGTH), "int32")
    for row, text in zip(found, texts, strict=True):
        codes = [ALPHABET.index(character) + 1 for character in text[:LENGTH]]
        row[: len(codes)] = codes
    return found


model = keras.Sequential(
    [
        keras.Input((LENGTH,), dtype="int32"),
        layers.Embedding(len(ALPHABET) + 1, 32),
        layers.Conv1D(128, 5, padding="same", activation="relu"),
        layers.Conv1D(256, 5, padding="same", activation="relu"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(128),
        layers.UnitNormalization(),
    ]
)

# %% [markdown]
# ## Train
#
# Of 1,000 products with 8 lines each, a random batch of 128 lines would hold almost no two of one product, and so
# nothing to learn from. `BatchPlan` makes batches of 32 products with 4 lines each. `MultiSimilarityLoss` pulls at the
# lines of a product and pushes at those of others, most of all at the near ones.

# %%
plan = BatchPlan(train_labels, classes_per_batch=32, samples_per_class=4, seed=0)
batches = BalancedBatches(numbers(train_texts), plan)
model.compile(keras.optimizers.Adam(1e-3), loss=MultiSimilarityLoss())
history = model.fit(batches, epochs=EPOCHS, shuffle=False, callbacks=[batches.callback], verbose=2)

# %%
vectors = model.predict(numbers(test_texts), batch_size=256, verbose=0)
print(semihard.evaluate(vectors, test_labels, resamples=0))

# %% [markdown]
# ## How near is the same?
#
# To find duplicates takes a threshold. `calibrate` chooses it on products that are neither the training's, where all
# distances are too small, nor the test's: half of the 400 fit it, and the other half tell what it achieves. In a
# catalog almost all pairs are of two products, so few of those may be accepted: one in ten thousand (FAR). How many
# pairs of one product are then found is the true accept rate (TAR).

# %%
embedded = {
    "TF-IDF": [tfidf.transform(texts).toarray() for texts in (known_texts, test_texts)],
    "model": [model.predict(numbers(known_texts), batch_size=256, verbose=0), vectors],
}
thresholds = {}
for name, (of_known, _) in embedded.items():
    calibration = semihard.calibrate(of_known, known_labels, target_far=TARGET_FAR)
    thresholds[name] = calibration.threshold
    print(name, calibration, sep="\n", end="\n\n")

# %% [markdown]
# ## Find the duplicates
#
# `duplicates` finds all pairs within the threshold, and puts what hangs together into groups. Nobody told it how many
# products there are. A pair that it puts together is right if both lines are the same product; and of all pairs of one
# product some are missed.


# %%
def pairs_of(groups: list[np.ndarray]) -> set[tuple[int, int]]:
    return {(a, b) for group in groups for a in group.tolist() for b in group.tolist() if a < b}


true = pairs_of([np.flatnonzero(test_labels == label) for label in np.unique(test_labels)])
for name, (_, of_test) in embedded.items():
    found = duplicates(of_test, threshold=thresholds[name])
    together = pairs_of(found.groups)
    right = len(together & true)
    print(f"{name}: {len(found.groups)} groups; of the pairs in them {right / max(len(together), 1):.0%} are right")
    print(f"    and {right / len(true):.0%} of all true pairs are among them")
print("\nThe three largest groups of the model's:")
for group in found.groups[:3]:
    print(*(f"    {test_labels[i]:4}  {test_texts[i]}" for i in group), sep="\n", end="\n\n")

# %% [markdown]
# Such a group is a chain: where one wrong pair joins two products, all their lines are in one group. The largest groups
# are the ones to look at first; a lower `TARGET_FAR` tears them apart, and loses some true pairs.

# %% [markdown]
# ## Where each is better
#
# One kind of change at a time, on the products never seen: how often is the changed line within the threshold of the
# one that nobody changed? The fifth kind, all words glued together, was in no training line. And how often are twins,
# two products of one brand and thing, wrongly taken for one?

# %%
kinds = {f"{change}": [line(product, [change], rng) for product in unseen] for change in CHANGES}
kinds["glued"] = [line(product, [], rng).replace(" ", "") for product in unseen]
plain = [line(product, [], rng) for product in unseen]
of_brand: dict[tuple[str, str], int] = {}
twins = [(a, i) for i, (brand, thing, *_) in enumerate(unseen) if (a := of_brand.setdefault((brand, thing), i)) != i]


def embed(name: str, texts: list[str]) -> np.ndarray:
    return tfidf.transform(texts).toarray() if name == "TF-IDF" else model.predict(numbers(texts), verbose=0)


shares = {}
for name, threshold in thresholds.items():
    of_plain = embed(name, plain)
    compared = [(of_plain, embed(name, texts)) for texts in kinds.values()]
    compared.append(tuple(of_plain[list(side)] for side in zip(*twins, strict=True)))
    shares[name] = [np.mean(np.linalg.norm(a - b, axis=1) <= threshold) for a, b in compared]

figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
places = np.arange(len(kinds) + 1)
for shift, (name, heights) in zip((-0.2, 0.2), shares.items(), strict=True):
    axes.bar_label(axes.bar(places + shift, heights, 0.38, label=name), fmt="{:.2f}", fontsize=8)
axes.set_xticks(places, [*kinds, "twins\n(wrong)"])
axes.set(ylim=(0, 1.1), ylabel="taken for the same product", title=f"At one false accept in {1 / TARGET_FAR:,.0f}")
axes.legend()
plt.show()

# %% [markdown]
# The model has learned what the shops of the training data do: nobody tells it that "blk" is black, nor that offers
# mean nothing. That is also its limit. A habit that no training line had, glued words, it was not taught; look at the
# fifth pair of bars before you trust it with a new shop's list, and put such lines into the training. And these strings
# were made by one program, for training and test alike: expect less of real ones.
#
# ## What comes next
#
# * Other losses, and pairs that are given instead of classes: [losses](../../docs/losses.md),
#   [batches](../../docs/batches.md#pairs-and-triplets-that-are-given).
# * Batches in which twins meet: [classes that are confused](../../docs/batches.md#classes-that-are-confused).
# * Thresholds and what they are worth: [evaluation](../../docs/evaluation.md#a-threshold-judged-on-others).
# * Name a new line, or say "none of these": [a gallery](../../docs/gallery.md). More on
#   duplicates: [cleaning](../../docs/cleaning.md).
# * Sound goes the same way: in the place of `Embedding`, let the convolutions read a spectrogram.
