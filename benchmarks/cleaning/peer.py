"""Worker: cleanlab, given the votes of the same neighbors as predicted probabilities."""

import cleanlab
import numpy as np
from cleanlab.filter import find_label_issues

from benchmarks.harness.serve import serve


def issues(path, filter_by):
    """Return the samples whose label is called an issue, of the labels and neighbors [n, k] in an .npz file."""
    data = np.load(path)
    labels, neighbors = data["labels"], data["neighbors"]
    votes = np.zeros((len(labels), int(labels.max()) + 1))
    np.add.at(votes, (np.arange(len(labels))[:, None], labels[neighbors]), 1.0 / neighbors.shape[1])
    return np.flatnonzero(find_label_issues(labels, votes, filter_by=filter_by, n_jobs=1)).tolist()


def version():
    """Return what runs."""
    return f"cleanlab {cleanlab.__version__}"


if __name__ == "__main__":
    serve({"issues": issues, "version": version})
