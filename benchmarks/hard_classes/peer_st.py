"""Worker: hard negatives of each sample by sentence-transformers, of vectors that stand in for a model."""

import time

import torch
from datasets import Dataset
from sentence_transformers.util import cos_sim, mine_hard_negatives, pairwise_cos_sim

from benchmarks.hard_classes.vectors import EACH, K, vectors
from benchmarks.harness.clock import Peak
from benchmarks.harness.serve import serve


class Vectors:
    """A model whose texts are the places of vectors."""

    device = torch.device("cpu")
    similarity, similarity_pairwise = staticmethod(cos_sim), staticmethod(pairwise_cos_sim)

    def __init__(self, found):
        self._found = found

    def encode(self, texts, **options):
        """The vectors at these places, as NumPy or as a tensor."""
        chosen = self._found[[int(text) for text in texts]]
        return torch.from_numpy(chosen) if options.get("convert_to_tensor") else chosen

    encode_query = encode_document = encode


def search(folder, side, count):
    """Measure with one positive a sample, the next of its class; the peer is told of no classes."""
    found, _ = vectors(folder, count)

    def mine(rows):
        texts = [str(place) for place in range(rows)]
        positive = [str(place - place % EACH + (place + 1) % EACH) for place in range(rows)]
        pairs = Dataset.from_dict({"anchor": texts, "positive": positive})
        mine_hard_negatives(
            pairs, Vectors(found), corpus=texts, range_max=K, num_negatives=K, output_format="n-tuple", verbose=False
        )

    mine(10 * K)
    with Peak() as peak:
        start, before = time.perf_counter(), time.process_time()
        mine(count)
        seconds, busy = time.perf_counter() - start, time.process_time() - before
    return {"seconds": seconds, "busy": busy, "peak": peak.megabytes}


if __name__ == "__main__":
    serve({"search": search})
