"""Independent witnesses: naive loops that share no code with the package."""
