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
EPOCHS = 40
LETTERS = 1000
EPISODES = 600

# %% [markdown]
# ## Many classes, a few samples of each
#
# `glyphs` draws letters with the fonts that it is given, and keeps those that at least four of them draw, each in its
# own way. matplotlib brings nine fonts: Latin, Greek and Cyrillic letters, and those of the phonetic alphabet. A class
# is a letter, a sample is how one font draws it. That is the situation of most uses of metric learning: hundreds of
# classes, four to eight samples of each. ([Your own images](own_images.ipynb) come from a folder.)

# %%
folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
fonts = ["DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "STIXGeneral"]
fonts += ["cmr10", "cmss10", "cmtt10", "cmb10", "cmmi10"]
letters = glyphs([folder / f"{name}.ttf" for name in fonts], 32, least=4, most=8, per_script=LETTERS)
x = letters.images[..., None] / np.float32(255)
print(letters)
print("".join(letters.names))

# %% [markdown]
# ## Two ways to split
#
# *By class*: a half of the letters is put aside, all of their drawings. They are the letters that arrive after the
# training. `letters.split` does so, and keeps in one part what belongs together: C and c are two classes, but to have
# seen the one is to know the other. For labels of your own it is `split_classes(labels)`; if they have such relatives,
# split the *families*.
#
# *By sample*: of each letter a half of the drawings is put aside. That is how a classifier is judged, and what
# `train_test_split` of scikit-learn does. The model has then seen every letter that it is asked for.
#
# To see what the difference is worth, the same questions are put to two networks: drawings of the new letters, each to
# be found among the others. The *honest* network has learned from other letters. The *flattered* one has learned from
# other drawings of these very letters. All else is equal, down to the number of drawings that they learn from.

# %%
*others, new = letters.split(seed=0)
old = np.concatenate(others)
learned, asked = (new[part] for part in split_samples(letters.labels[new], test_fraction=0.5))
_, part = split_samples(letters.labels[old], test_fraction=min(len(learned) / len(old), 0.99))
learn_from = {"split by sample": learned, "split by class": old[part]}
for name, rows in learn_from.items():
    print(f"{name:15}  learns from {len(rows)} drawings of {len(set(letters.labels[rows]))} letters")
print(f"both are asked {len(asked)} drawings of {len(set(letters.labels[asked]))} letters")

# %% [markdown]
# ## Train twice, ask the same
#
# After each epoch `EmbeddingEvaluation` asks all questions: is the nearest of all other drawings the same letter
# (Recall@1)? Letters may be moved, turned a little and zoomed, but not mirrored: d is not b.

# %%
augment = keras.Sequential(
    [
        layers.RandomRotation(0.03, fill_mode="constant"),
        layers.RandomZoom(0.15, fill_mode="constant"),
        layers.RandomTranslation(0.08, 0.08, fill_mode="constant"),
    ]
)


def train(rows):
    """A network that has learned from these drawings, and its Recall@1 after each epoch."""
    keras.utils.set_random_seed(0)
    encoder = keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            *[
                layer
                for filters in (16, 32, 64)
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
    plan = BatchPlan(letters.labels[rows], classes_per_batch=32, samples_per_class=2, seed=0)
    batches = BalancedBatches(x[rows], plan, augment=augment, workers=2)
    encoder.compile(keras.optimizers.Adam(2e-3), loss=TripletSemiHardLoss(margin=0.3))
    history = encoder.fit(
        batches,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        callbacks=[batches.callback, EmbeddingEvaluation((x[asked], letters.labels[asked]))],
    )
    return encoder, history.history["val_recall_at_1"]


networks, curves = {}, {}
for name, rows in learn_from.items():
    networks[name], curves[name] = train(rows)
    print(f"{name:15}  Recall@1 after epoch 1: {curves[name][0]:.3f}, after epoch {EPOCHS}: {curves[name][-1]:.3f}")

# %%
figure = Figure((7, 4), layout="constrained")
axes = figure.subplots()
for (name, curve), color in zip(curves.items(), ("#c8641e", "#1f5fa8"), strict=True):
    axes.plot(range(1, EPOCHS + 1), curve, color=color, label=name)
axes.set(xlabel="epoch", ylabel="Recall@1", title="The same questions to two networks")
axes.legend(loc="lower right")
figure.savefig("two_splits.png", dpi=110)
show("two_splits.png")

# %% [markdown]
# What lies between the curves is what the split by sample promises and new letters do not get. Nothing on the upper
# curve says that there is a lower one, nor how far below it is; that differs from data to data. Whoever chooses the
# number of epochs, the loss or the backbone by the upper one chooses what knows *these* letters. So `semihard train`
# splits by class unless it is told otherwise. The split by sample has its place: where all classes are known for good,
# and no new one will come.
#
# From here on there is only the honest network.
#
# ## How sure is that?
#
# `evaluate` on all drawings of the new letters. The interval comes from drawing *letters* anew, not drawings: what
# makes one letter hard makes all drawings of it hard.

# %%
encoder = networks["split by class"]
vectors = encoder.predict(x[new], verbose=0)
names = letters.names[letters.labels[new]]
report = semihard.evaluate(vectors, names)
for name in ("recall_at_1", "map_at_r"):
    figure_ = report.figures[name]
    print(f"{name}: {figure_.value:.3f}, 95 % interval {figure_.interval[0]:.3f} to {figure_.interval[1]:.3f}")
pixels = semihard.evaluate(x[new].reshape(len(new), -1), names, resamples=0)
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
# `Gallery` keeps the embeddings of what is known, and names what is new. The new letters arrive: of a third of them one
# drawing is put into the gallery, and their other drawings ask for their names. The letters of another third are not in
# it, and ask all the same. They have a nearest neighbor, too: how near must it be to count?
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
# That many get none is the price of naming few strangers from a single drawing of each letter: some fonts draw a letter
# farther from another font's than from another letter. More drawings of each in the gallery help, and so does a larger
# training. [verification](verification.ipynb) is about this threshold.
#
# Look at what it confuses: rows with a wrong nearest neighbor come first.

# %%
show(plot_neighbors(letters.images[new], vectors, names, "neighbors.png", queries=7, k=6, seed=1))

# %% [markdown]
# ## Where to go on
#
# * Splits, plans and augmentation: [docs/batches.md](../../docs/batches.md). What the figures are, and why intervals
#   draw classes: [docs/evaluation.md](../../docs/evaluation.md).
# * Larger sets of unseen classes, measured: [letters and emoji](../../docs/datasets.md), and what twelve losses reach
#   on them: [docs/benchmarks/reality_check.md](../../docs/benchmarks/reality_check.md).
# * Galleries: [docs/gallery.md](../../docs/gallery.md). How far a threshold can be trusted:
#   [verification](verification.ipynb). Which loss: [choosing_a_loss](choosing_a_loss.ipynb).
