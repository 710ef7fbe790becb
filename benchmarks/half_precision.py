"""Would products in half precision be faster, and how many triplets would change? Why the loss has no such option.

Run in an environment with JAX:

    python benchmarks/half_precision.py
"""

import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np
from _mining_cases import Case


def chosen(labels, embeddings):
    """Return the semi-hard negative of every positive pair, one pair after the other, from float64 distances."""
    embeddings = embeddings.astype("float64")
    squares = np.sum(embeddings**2, axis=1)
    found = []
    for anchor in range(len(labels)):
        distances = np.maximum(squares + squares[anchor] - 2 * embeddings @ embeddings[anchor], 0)
        negatives = np.flatnonzero(labels != labels[anchor])
        negatives = negatives[np.argsort(distances[negatives], kind="stable")]
        positives = np.flatnonzero((labels == labels[anchor]) & (np.arange(len(labels)) != anchor))
        places = np.searchsorted(distances[negatives], distances[positives], side="right")
        found.append(negatives[np.minimum(places, len(negatives) - 1)])
    return np.concatenate(found)


def milliseconds(embeddings, dtype):
    """Return the median time of one product X·Xᵀ in this dtype, summed in float32."""
    rows = jnp.asarray(embeddings, dtype)
    product = jax.jit(lambda rows: jnp.matmul(rows, rows.T, preferred_element_type=jnp.float32))
    product(rows).block_until_ready()
    times = []
    for _ in range(15):
        start = time.perf_counter()
        product(rows).block_until_ready()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def main():
    """Print a table."""
    labels, embeddings = Case("10 classes", 1024).arrays()
    exact = chosen(labels, embeddings)
    print("| product in | triplets that change (B = 1,024) | ms at 1,024 | ms at 4,096 |\n|---|---:|---:|---:|")
    for dtype in (jnp.float32, jnp.bfloat16, jnp.float16):
        rounded = np.asarray(jnp.asarray(embeddings, dtype).astype(jnp.float32))
        changed = np.mean(exact != chosen(labels, rounded))
        times = [milliseconds(Case("10 classes", batch).arrays()[1], dtype) for batch in (1024, 4096)]
        print(f"| {jnp.dtype(dtype).name} | {changed:.1%} | {times[0]:.3g} | {times[1]:.3g} |")


if __name__ == "__main__":
    main()
