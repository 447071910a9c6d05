"""What the product must reach, measured: `make bench`. See docs/benchmarks.md."""
