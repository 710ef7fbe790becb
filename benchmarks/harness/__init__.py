"""What the benchmarks share: environments and workers on one side of a pipe, clocks and steps on the other."""
