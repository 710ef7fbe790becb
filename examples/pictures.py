"""The pictures of docs/pictures.md, from what `semihard tutorial` wrote: python examples/pictures.py RUN OUT.

Run it as a script, or cell by cell. Needs `pip install "semihard[plots,images]"` and one of tensorflow, jax and torch.
"""

# %% Where the run lies, and where the pictures go
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import semihard.datasets
import semihard.mining
import semihard.visualization.pictures
import semihard.visualization.projector

RUN, OUT = (Path(path) for path in (*sys.argv[1:], "semihard-mnist", "pictures")[:2])
OUT.mkdir(parents=True, exist_ok=True)

# %% The embeddings of the test digits, the digits, and a map
vectors, labels = semihard.visualization.projector._read_tsv(RUN / "vecs.tsv", RUN / "meta.tsv")
images = semihard.datasets._mnist()[1][0][: len(vectors)]
points = semihard.visualization.maps._reduce(vectors, seed=0)

# %% The map of the first 2,500; with a palette of 256 colours the file is a third as large
few = slice(2500)
path = semihard.visualization.pictures._plot_embedding(
    points[few], labels[few], OUT / "embedding.png", images=images[few]
)
Image.open(path).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)

# %% All digits at once
semihard.visualization.pictures._write_mosaic(images, points, OUT / "mosaic.png", labels=labels, fill=0.4, width=1100)

# %% Digits whose nearest neighbour is wrong, and some whose is right
semihard.visualization.pictures._plot_neighbors(images, vectors, labels, OUT / "neighbors.png", queries=6)

# %% What mining picks in a batch of 100
batch = np.random.default_rng(0).permutation(len(vectors))[:100]
triplets = semihard.mining._semi_hard_triplets(labels[batch], vectors[batch])
semihard.visualization.pictures._plot_triplets(images[batch], labels[batch], triplets, OUT / "triplets.png", rows=5)

# %% The loss of each epoch
history = {"loss": json.loads((RUN / "metrics.json").read_text())["loss"]}
semihard.visualization.pictures._plot_training(history, OUT / "training.png")
