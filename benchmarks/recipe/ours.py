"""Worker: `semihard.train` on the emoji, with the split of a seed."""

import time
from pathlib import Path

from benchmarks.harness.serve import serve
from semihard import datasets, train


class Emoji:
    """The drawings, and the trainings on them, in `folder`."""

    def draw(self, icons, folder, size):
        """Draw what is not there yet; return what it is."""
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (images := self.folder / "images.npz").exists():
            datasets.emoji(icons, size).save(images)
        self.drawn = datasets.LabeledImages.load(images)
        return str(self.drawn)

    def train(self, name, seed, options):
        """Train with these options on the classes of this seed; return figures of those that are left."""
        table = self.folder / f"seed_{seed}" / "table.csv"
        if not table.exists():
            self.drawn.write_folder(table.parent, seed)
        start = time.process_time()
        run = train(table, self.folder / f"{name}_{seed}", overwrite=True, seed=seed, map="none", **options)
        return {**run.figures, "seconds": time.process_time() - start}


if __name__ == "__main__":
    emoji = Emoji()
    serve({"draw": emoji.draw, "train": emoji.train})
