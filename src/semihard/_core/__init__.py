"""What stands on nothing but NumPy: one check each for labels, embeddings, images and numbers."""
