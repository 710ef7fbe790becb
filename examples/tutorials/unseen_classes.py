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
# # Classes that the model never saw
#
# What an embedding is for is what comes later: new products, new people, new letters. It is trained on some classes and
# used on others. This page trains a network on some letters and judges it on letters that it never saw, shows how far
# off one is with the usual split, and names new letters from a single drawing of each.
#
# It needs `pip install "semihard[tensorflow,plots]"` (or `jax`, `torch` in the place of `tensorflow`), no network and
# no GPU, and takes about a minute on two cores.

# %%
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # or "jax", "torch"; before Keras is imported

import keras
import matplotlib
import numpy as np
from keras import layers
from matplotlib.figure import Figure
from PIL import Image

import semihard
from semihard.callbacks import EmbeddingEvaluation
from semihard.data import BalancedBatches, BatchPlan, split_samples
from semihard.datasets import glyphs
from semihard.evaluation import calibrate_identification, few_shot
from semihard.gallery import Gallery
from semihard.losses import TripletSemiHardLoss
from semihard.visualization import plot_neighbors

keras.utils.set_random_seed(0)


def show(picture):
    """A picture that was drawn, as this page keeps it: small."""
    image = Image.open(picture).convert("RGB")
    image.thumbnail((760, 760))
    return image.quantize(48)


# %% tags=["parameters"]
EPOCHS = 30
LETTERS = 1000
EPISODES = 600

# %% [markdown]
# ## Many classes, a few samples of each
#
# `glyphs` draws letters with the fonts that it is given, and keeps those that at least four of them draw, each in its
# own way. matplotlib brings ten fonts: Latin, Greek and Cyrillic letters, and those of the phonetic alphabet. A class
# is a letter, a sample is how one font draws it. That is the situation of most uses of metric learning: hundreds of
# classes, four to eight samples of each. ([Your own images](own_images.ipynb) come from a folder.)

# %%
folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
fonts = ["DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "STIXGeneral"]
fonts += ["cmr10", "cmss10", "cmtt10", "cmb10", "cmti10", "cmmi10"]
letters = glyphs([folder / f"{name}.ttf" for name in fonts], 32, least=4, most=8, per_script=LETTERS)
x = letters.images[..., None] / np.float32(255)
print(letters)
print("".join(letters.names))

# %% [markdown]
# ## Two ways to split
#
# First a half of the letters is put aside: they are the letters that arrive after the training. `letters.split` does
# so, and keeps in one part what belongs together: C and c are two classes, but to have seen the one is to know the
# other. For labels of your own it is `split_classes(labels)`; if they have such relatives, split the *families*.
#
# Of the other letters, the *seen* ones, `split_samples` puts a half of the drawings aside. That is the split that a
# classifier is judged by, and the one that `train_test_split` of scikit-learn makes.

# %%
*others, unseen = letters.split(seed=0)
seen = np.concatenate(others)
learned, kept = (seen[part] for part in split_samples(letters.labels[seen], test_fraction=0.5))
print("to learn from:", len(learned), "drawings of", len(set(letters.labels[learned])), "letters")
print("split by sample:", len(kept), "other drawings of the same letters")
print("split by class:", len(unseen), "drawings of", len(set(letters.labels[unseen])), "letters never seen")

# %% [markdown]
# To compare the two, everything else has to be equal. A search is harder among more classes, and easier with more
# samples of each, so both parts get equally many letters, and of each two drawings.


# %%
def two_of_each(rows, classes):
    """Two drawings of each of the first so many letters that have them."""
    groups = [rows[letters.labels[rows] == letter][:2] for letter in dict.fromkeys(letters.labels[rows].tolist())]
    return np.concatenate([group for group in groups if len(group) == 2][:classes])


count = min(len(set(letters.labels[rows])) for rows in (kept, unseen))
by_sample, by_class = two_of_each(kept, count), two_of_each(unseen, count)
count = min(len(by_sample), len(by_class)) // 2
by_sample, by_class = by_sample[: 2 * count], by_class[: 2 * count]
print(count, "letters in each part, two drawings of each")

# %% [markdown]
# ## Train once, judge twice
#
# One network, one training. After each epoch `EmbeddingEvaluation` asks both parts: is the nearest of all other
# drawings the same letter (Recall@1)? Letters may be moved, turned a little and zoomed, but not mirrored: d is not b.

# %%
encoder = keras.Sequential(
    [
        keras.Input((32, 32, 1)),
        *[
            layer
            for filters in (32, 64, 128)
            for layer in (
                layers.Conv2D(filters, 3, padding="same", use_bias=False),
                layers.BatchNormalization(momentum=0.9),
                layers.ReLU(),
                layers.MaxPooling2D(2),
            )
        ],
        layers.Flatten(),
        layers.Dense(64),
        layers.UnitNormalization(),
    ]
)
augment = keras.Sequential(
    [
        layers.RandomRotation(0.03, fill_mode="constant"),
        layers.RandomZoom(0.15, fill_mode="constant"),
        layers.RandomTranslation(0.08, 0.08, fill_mode="constant"),
    ]
)
plan = BatchPlan(letters.labels[learned], classes_per_batch=32, samples_per_class=2, seed=0)
batches = BalancedBatches(x[learned], plan, augment=augment, workers=2)
encoder.compile(keras.optimizers.Adam(2e-3), loss=TripletSemiHardLoss(margin=0.3))
history = encoder.fit(
    batches,
    epochs=EPOCHS,
    shuffle=False,
    verbose=0,
    callbacks=[
        batches.callback,
        EmbeddingEvaluation((x[by_sample], letters.labels[by_sample]), prefix="by_sample_"),
        EmbeddingEvaluation((x[by_class], letters.labels[by_class]), prefix="by_class_"),
    ],
).history
for split in ("by_sample", "by_class"):
    curve = history[f"{split}_recall_at_1"]
    print(f"{split:9}  Recall@1 after epoch 1: {curve[0]:.3f}, after epoch {EPOCHS}: {curve[-1]:.3f}")

# %%
figure = Figure((7, 4), layout="constrained")
axes = figure.subplots()
axes.plot(history["by_sample_recall_at_1"], color="#c8641e", label="other drawings of seen letters")
axes.plot(history["by_class_recall_at_1"], color="#1f5fa8", label="unseen letters")
axes.set(xlabel="epochs", ylabel="Recall@1", title="One training, judged by two splits")
axes.legend(loc="lower right")
figure.savefig("two_splits.png", dpi=110)
show("two_splits.png")

# %% [markdown]
# The split by sample promises more than new classes get, and it is the later epochs that it praises most. Whoever
# chooses the number of epochs, the loss or the backbone by it chooses what knows *these* letters by heart. So `semihard
# train` splits by class unless it is told otherwise. The split by sample has its place: where all classes are known for
# good, and no new one will come.
#
# ## How sure is that?
#
# `evaluate` on all drawings of the unseen letters. The interval comes from drawing *letters* anew, not drawings: what
# makes one letter hard makes all drawings of it hard.

# %%
vectors = encoder.predict(x[unseen], verbose=0)
names = letters.names[letters.labels[unseen]]
report = semihard.evaluate(vectors, names)
for name in ("recall_at_1", "map_at_r"):
    figure_ = report.figures[name]
    print(f"{name}: {figure_.value:.3f}, 95 % interval {figure_.interval[0]:.3f} to {figure_.interval[1]:.3f}")
pixels = semihard.evaluate(x[unseen].reshape(len(unseen), -1), names, resamples=0)
print(f"without any training, by the pixels: recall_at_1 {pixels.figures['recall_at_1'].value:.3f}")

# %% [markdown]
# The last line belongs to any such report. Two fonts draw a letter much alike, so the pixels alone find many; only what
# is beyond that was learned.
#
# ## New letters from one drawing of each
#
# *Few-shot* naming: show the model one drawing of each of five letters that it never saw (*5-way, 1-shot*), and let it
# name others of them. `few_shot` does it many times with other letters.

# %%
for ways, shots in [(5, 1), (20, 1), (20, 3)]:
    print(few_shot(vectors, names, ways=ways, shots=shots, queries=1, episodes=EPISODES))

# %% [markdown]
# More letters to choose from make it harder, more drawings of each easier. So a figure without its ways and shots says
# nothing.
#
# ## In use: a gallery
#
# `Gallery` keeps the embeddings of what is known, and names what is new. The unseen letters arrive: of a third of them
# one drawing is put into the gallery, and their other drawings ask for their names. The letters of another third are
# not in it, and ask all the same. They have a nearest neighbor, too: how near must it be to count?
#
# The last third tells. `calibrate_identification` lets its letters look for themselves in the gallery, where they are
# not, and finds the distance up to which at most a tenth of them would get a name.

# %%
order = np.random.default_rng(0).permutation(np.unique(names))
for_threshold, enrolled, strangers = (np.isin(names, part) for part in np.array_split(order, 3))
first = np.zeros(len(names), bool)
first[np.unique(names, return_index=True)[1]] = True

gallery = Gallery.create(vectors[enrolled & first], names[enrolled & first])
gallery.threshold = calibrate_identification(
    vectors[for_threshold],
    names[for_threshold],
    target_fpir=0.1,
    gallery=vectors[enrolled & first],
    gallery_labels=names[enrolled & first],
)
found = gallery.match(vectors[enrolled & ~first]).labels
print(gallery)
print(f"of {len(found)} drawings of the letters in it {np.mean(found == names[enrolled & ~first]):.2f} get their name,")
print(f"{np.mean([name is None for name in found]):.2f} none, and the rest a wrong one")
named = [name is not None for name in gallery.match(vectors[strangers]).labels]
print(f"of {len(named)} drawings of letters that are not, {np.mean(named):.2f} get a name all the same")

# %% [markdown]
# Look at what it confuses: rows with a wrong nearest neighbor come first.

# %%
show(plot_neighbors(letters.images[unseen], vectors, names, "neighbors.png", queries=7, k=6, seed=1))

# %% [markdown]
# ## Where to go on
#
# * Splits, plans and augmentation: [docs/batches.md](../../docs/batches.md). What the figures are, and why intervals
#   draw classes: [docs/evaluation.md](../../docs/evaluation.md).
# * Larger sets of unseen classes, measured: [letters and emoji](../../docs/datasets.md), and what twelve losses reach
#   on them: [docs/benchmarks/reality_check.md](../../docs/benchmarks/reality_check.md).
# * Galleries: [docs/gallery.md](../../docs/gallery.md). How far a threshold can be trusted:
#   [verification](verification.ipynb). Which loss: [choosing_a_loss](choosing_a_loss.ipynb).
