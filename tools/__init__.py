"""What this repository is looked after with, beside its tests: the drawing of the architecture, and the site."""
