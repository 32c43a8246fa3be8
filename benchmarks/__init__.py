"""Benchmarks: every figure the README quotes is printed by `python -m benchmarks`."""
