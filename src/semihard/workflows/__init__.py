"""Jobs from data to pictures, built from the public API only. The command line only calls them."""
