"""Stands in the way of Keras where tests do without it: see selection.py."""

raise ImportError("Expected no import of Keras: a file of tests that needs it imports it at its top, not in functions.")
