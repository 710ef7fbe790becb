"""Every figure that the documents quote, each against a real peer in one run: see README.md."""
