"""Would products in half precision be faster, and how many triplets would change? Why the loss has no such option.

Runs in the current environment, which needs JAX.

    python -m benchmarks half_precision
"""

import statistics
from collections.abc import Sequence

import numpy as np

from benchmarks.harness.clock import milliseconds
from benchmarks.harness.page import made_by, options, page, publish, table, times
from benchmarks.mining.batches import Batch


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


def product_of(embeddings, dtype):
    """Return the median milliseconds of one product X·Xᵀ in this dtype, summed in float32."""
    import jax
    import jax.numpy as jnp

    rows = jnp.asarray(embeddings, dtype)
    product = jax.jit(lambda rows: jnp.matmul(rows, rows.T, preferred_element_type=jnp.float32))
    product(rows).block_until_ready()
    return statistics.median(milliseconds(lambda: product(rows).block_until_ready(), seconds=60, most=15)[0])


def main(line: Sequence[str]) -> None:
    """Measure and print a table."""
    arguments = options("half_precision", __doc__).parse_args(line)
    import jax.numpy as jnp

    labels, embeddings = Batch("10 classes", 1024).arrays()
    exact, rows, sizes = chosen(labels, embeddings), [], (1024, 4096)
    dtypes = (jnp.float32, jnp.bfloat16, jnp.float16)
    taken = {
        (dtype, size): product_of(Batch("10 classes", size).arrays()[1], dtype) for size in sizes for dtype in dtypes
    }
    for dtype in dtypes:
        rounded = np.asarray(jnp.asarray(embeddings, dtype).astype(jnp.float32))
        cells = [jnp.dtype(dtype).name, f"{np.mean(exact != chosen(labels, rounded)):.1%}"]
        for size in sizes:
            cells += [f"{taken[dtype, size]:.3g}", times(taken[dtype, size], taken[jnp.float32, size])]
        rows.append(cells)
    columns = ["product in", "triplets that change (B = 1,024)"]
    columns += [name for size in sizes for name in (f"ms at {size:,}", "of float32")]
    text = page(
        "The mining product in half precision",
        f"{made_by('half_precision')}, with JAX.",
        table(columns, rows, words=["product in"]),
    )
    publish("half_precision", text, arguments.write)
