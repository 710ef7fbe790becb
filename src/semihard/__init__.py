"""Metric learning for Keras 3 on TensorFlow, JAX and PyTorch."""
