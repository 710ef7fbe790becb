"""The MNIST tutorial: train, evaluate, and look at the embeddings with the digits beside the points."""
