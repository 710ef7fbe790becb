"""Tests of what looks after this repository."""
