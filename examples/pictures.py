"""The pictures of docs/pictures.md, from what `semihard tutorial` wrote: python examples/pictures.py RUN OUT.

Run it as a script, or cell by cell. Needs `pip install "semihard[plots,images]"` and one of tensorflow, jax and torch.
"""

# %% Where the run lies, and where the pictures go
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from semihard import visualization
from semihard.datasets import mnist
from semihard.mining import semi_hard_triplets

RUN, OUT = (Path(path) for path in (*sys.argv[1:], "semihard-mnist", "pictures")[:2])
OUT.mkdir(parents=True, exist_ok=True)

# %% The embeddings of the test digits, the digits, and a map
vectors, labels = visualization.read_tsv(RUN / "vecs.tsv", RUN / "meta.tsv")
images = mnist()[1][0][: len(vectors)]
points = visualization.reduce(vectors, seed=0)

# %% The map of the first 2,500; with a palette of 256 colours the file is a third as large
few = slice(2500)
path = visualization.plot_embedding(points[few], labels[few], OUT / "embedding.png", images=images[few])
Image.open(path).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)

# %% All digits at once
visualization.write_mosaic(images, points, OUT / "mosaic.png", labels=labels, fill=0.4, width=1100)

# %% Digits whose nearest neighbour is wrong, and some whose is right
visualization.plot_neighbors(images, vectors, labels, OUT / "neighbors.png", queries=6)

# %% What mining picks in a batch of 100
batch = np.random.default_rng(0).permutation(len(vectors))[:100]
triplets = semi_hard_triplets(labels[batch], vectors[batch])
visualization.plot_triplets(images[batch], labels[batch], triplets, OUT / "triplets.png", rows=5)

# %% The loss of each epoch
history = {"loss": json.loads((RUN / "metrics.json").read_text())["loss"]}
visualization.plot_training(history, OUT / "training.png")
