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
# # Your own images: from a folder to a search
#
# You have pictures of things, sorted into a folder for each thing: products, parts, plants, coins. You want to take a
# new photograph and ask what it shows, also for things that come into the shop next month.
#
# A classifier would have to be trained anew for each new thing. Here a network learns something else: to turn a picture
# into a list of numbers, its *embedding*, so that pictures of one thing get embeddings that lie close together. What
# was never trained on can then be found, too: put its pictures' embeddings beside the others, and look for the nearest.
#
# It needs `pip install "semihard[tensorflow,images,plots]"` (or `jax`, `torch` in the place of `tensorflow`), no
# network and no GPU, and takes about a minute on two cores.

# %%
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # or "jax", "torch"; before Keras is imported

import keras
import numpy as np
from keras import layers
from PIL import Image, ImageDraw, ImageFilter

import semihard
from semihard.data import BalancedBatches, BatchPlan, ImageFiles, InOrder, preflight, split_classes
from semihard.losses import TripletSemiHardLoss
from semihard.visualization import plot_neighbors

keras.utils.set_random_seed(0)


def show(picture):
    """A picture that was drawn, as this page keeps it: small."""
    image = Image.open(picture).convert("RGB")
    image.thumbnail((560, 560))
    return image.quantize(64, dither=Image.Dither.NONE)


# %% tags=["parameters"]
DESIGNS = 60
PICTURES_OF_EACH = 8
EPOCHS = 15

# %% [markdown]
# ## A folder with a sub-folder a class
#
# Yours is there already, so leave this part out and put its name in the place of `photos`. This page has to bring its
# own pictures: painted plates of a pottery, each design photographed eight times, turned, moved, in another light and
# on another table. What makes a class is the design: which of the five glazes are where, how wide the rings are, and
# the number and shape of the petals.

# %%
GLAZES = [(232, 222, 200), (30, 62, 120), (150, 54, 38), (70, 110, 70), (214, 160, 60)]


def paint(design, shot, side=96):
    """One photograph of a plate: `design` says what is painted on it, `shot` how it lies and what light there is."""
    plate, photo = np.random.default_rng(design), np.random.default_rng([design, shot])
    glaze, petal, rim = (GLAZES[number] for number in plate.permutation(len(GLAZES))[:3])
    petals, reach, width = plate.integers(3, 10), plate.uniform(0.45, 0.8), plate.uniform(0.12, 0.3)
    turn, radius = photo.uniform(0, 2 * np.pi), photo.uniform(0.34, 0.46) * 2 * side
    middle = side + photo.uniform(-0.08, 0.08, 2) * side

    def disc(share, color):
        draw.ellipse([*(middle - share * radius), *(middle + share * radius)], fill=color)

    table = tuple(int(value) for value in photo.uniform(60, 190) + photo.uniform(-25, 25, 3))
    image = Image.new("RGB", (2 * side, 2 * side), table)
    draw = ImageDraw.Draw(image)
    for share, color in [(1, rim), (plate.uniform(0.82, 0.95), glaze)]:
        disc(share, color)
    for angle in turn + 2 * np.pi * np.arange(petals) / petals:
        along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        belly = 0.6 * reach * along
        corners = [0.12 * along, belly + width * across, reach * along, belly - width * across]
        draw.polygon([tuple(middle + radius * corner) for corner in corners], fill=petal)
    disc(plate.uniform(0.08, 0.25), rim)
    image = image.filter(ImageFilter.GaussianBlur(photo.uniform(0.5, 2))).resize((side, side))
    return Image.fromarray(np.clip(np.asarray(image) * photo.uniform(0.7, 1.2), 0, 255).astype(np.uint8))


def name_of(design):
    return f"plate_{design:02}"


for design in range(DESIGNS):
    folder = Path("photos", name_of(design))
    folder.mkdir(parents=True, exist_ok=True)
    for shot in range(PICTURES_OF_EACH):
        paint(design, shot).save(folder / f"{shot:02}.jpg")

sheet = np.vstack([np.hstack([np.asarray(paint(design, shot)) for shot in range(6)]) for design in range(3)])
Image.fromarray(sheet).save("three_designs.png")
show("three_designs.png")

# %% [markdown]
# ## Read it
#
# `ImageFiles` finds the pictures and takes the sub-folders' names as labels. It decodes a picture when a batch needs
# it, so the folder may be larger than memory. Corrupt files are found now, not after an hour.

# %%
images = ImageFiles("photos", (64, 64))
labels = np.array(images.labels)
print(images.shape, images.dtype, "of", len(set(labels)), "classes, from", images.paths[0])

# %% [markdown]
# ## Hold out whole classes
#
# What shall the model be judged by? If it is to find things that it was not trained on, then by things that it was not
# trained on: a quarter of the *classes*, all of their pictures, is put aside. Another picture of a plate that was in
# training would be an easier question than the one that matters ([what goes wrong then](unseen_classes.ipynb)).

# %%
train, test = split_classes(labels, test_fraction=0.25)
print(len(set(labels[train])), "classes to learn from,", len(set(labels[test])), "that the model never sees")

# %% [markdown]
# ## Batches that hold something to learn from
#
# The loss compares the pictures of one batch with each other. It needs *positive pairs*, two pictures of one class, and
# a batch drawn at random from many classes holds few of them, or none. `preflight` says how many, before an hour is
# lost.

# %%
print(preflight(labels[train], 32))

# %% [markdown]
# So the batches are planned: eight classes, four pictures of each. `augment` changes each picture each time it comes,
# so that the model does not learn the few there are by heart. Choose changes that do not make another thing of it: a
# plate may be turned and mirrored. A letter may not.

# %%
plan = BatchPlan(labels[train], classes_per_batch=8, samples_per_class=4, seed=0)
augment = keras.Sequential(
    [
        layers.RandomFlip("horizontal"),
        layers.RandomRotation(0.5, fill_mode="nearest"),
        layers.RandomBrightness(0.2, value_range=(0, 255)),
    ]
)
batches = BalancedBatches(images.subset(train), plan, augment=augment, workers=2)
print(plan.steps, "batches of", plan.classes_per_batch, "classes with", plan.samples_per_class, "pictures each")

# %% [markdown]
# ## The model
#
# Any network that ends in a dense layer without an activation and in `UnitNormalization` will do: all embeddings then
# have length 1, and a distance is between 0 and 2. This one is small and starts from nothing. Photographs want a
# backbone that has seen many; [`semihard.models.pretrained_backbone`](../../docs/backbones.md) has two whose weights
# come from a package, without a network.

# %%
encoder = keras.Sequential(
    [
        keras.Input((64, 64, 3)),
        layers.Rescaling(1 / 255),
        *[
            layer
            for filters, strides in ((16, 2), (32, 1), (64, 1))
            for layer in (
                layers.Conv2D(filters, 3, strides, padding="same", use_bias=False),
                layers.BatchNormalization(momentum=0.9),
                layers.ReLU(),
                layers.MaxPooling2D(2),
            )
        ],
        layers.GlobalAveragePooling2D(),
        layers.Dense(64),
        layers.UnitNormalization(),
    ]
)


def figures():
    """How well the classes that were put aside are told apart."""
    vectors = encoder.predict(InOrder(images.subset(test)), verbose=0)
    return vectors, semihard.evaluate(vectors, labels[test])


print("before training: Recall@1", round(figures()[1].figures["recall_at_1"].value, 3))

# %% [markdown]
# The network has learned nothing yet, and is right already much more often than chance, because plates of one design
# have similar colors. Such a figure is worth a look: what training brings is the difference to it.
#
# ## Train
#
# The loss takes anchor, positive and negative from each batch by itself. `shuffle=False`, since the plan has decided
# the order, and its callback tells it which epoch it is.

# %%
encoder.compile(keras.optimizers.Adam(2e-3), loss=TripletSemiHardLoss(margin=0.3))
history = encoder.fit(batches, epochs=EPOCHS, shuffle=False, callbacks=[batches.callback], verbose=0)
print("loss of the first epoch and the last:", *np.round(history.history["loss"], 3)[[0, -1]])

# %% [markdown]
# ## Judge it
#
# Each picture of a held-out class asks for its nearest neighbor among all the others. *Recall@1*: how often is that the
# same plate? *MAP@R* is stricter: do all pictures of a plate come before any other? The interval says what to expect of
# other plates than just these fifteen; with so few it is wide, and that is the honest answer.

# %%
vectors, report = figures()
print(report)

# %% [markdown]
# Figures do not say what goes wrong. Pictures do: the query on the left, then its neighbors, wrong ones in orange.

# %%
held_out = np.asarray(images.subset(test))
show(plot_neighbors(held_out, vectors, labels[test], "neighbors.png", queries=5, k=6))

# %% [markdown]
# ## The same as a command
#
# All of this is also one command, with a few things more: it chooses the best epoch on classes of their own, goes on
# after it was ended, compares all pictures for wrong labels and near-duplicates, and keeps the settings with the
# result. `semihard.train("photos", "run", …)` is the same in Python. `--augment geometric` leaves out the changes of
# brightness and contrast, which are good for photographs but not for plates that differ by their glazes.

# %% language="bash"
# semihard train photos --out run --size 64 --epochs 15 --augment geometric --map none

# %% [markdown]
# What the run holds, and what each file is for, is in [docs/train.md](../../docs/train.md).
#
# ## A gallery to look in
#
# `semihard.index` (or `semihard index run photos --out gallery`) keeps the embeddings of all pictures, with the model
# and with a *threshold*: how far away the nearest picture may be for its name to count. The held-out classes tell it,
# since they are strangers to the model as the plates of next month will be.

# %%
print(semihard.index("run", "photos", "gallery"))

# %% [markdown]
# ## Ask
#
# Three new photographs: two of plates that are in the gallery, and one of a design that is not. The third has a nearest
# neighbor as well, everything has one. The threshold is what lets the answer be "none of these".

# %%
for name, design, shot in [("first", 1, 100), ("second", 2, 100), ("stranger", 1000, 0)]:
    paint(design, shot).save(f"{name}.jpg")

found = semihard.search("gallery", ["first.jpg", "second.jpg", "stranger.jpg"], k=6, out="found.png")
for photo, name in zip(found.photos, found.names, strict=True):
    print(photo, "shows", "none of these" if name is None else name)

# %%
show("found.png")

# %% [markdown]
# A blue frame: near enough to count. An orange one: the nearest there is, but too far. A plate of the gallery that is
# called "none of these" is the other of the two errors, and `index` has said above how often to expect it. Both become
# rarer with more classes to learn from, and with a backbone that has seen photographs before.
#
# ## Where to go on
#
# * A new design needs no training: `semihard index gallery new_plates/ --out gallery --add`
#   ([docs/search.md](../../docs/search.md)).
# * `semihard view run` opens the held-out pictures as a map in the browser ([docs/view.md](../../docs/view.md)).
# * What each option of the training does: [docs/train.md](../../docs/train.md). Batches, augmentation, tables instead
#   of folders: [docs/batches.md](../../docs/batches.md). All figures: [docs/evaluation.md](../../docs/evaluation.md).
# * Why whole classes are held out: [unseen_classes](unseen_classes.ipynb). How far the threshold can be trusted:
#   [verification](verification.ipynb).
