"""How good it is: benchmarks, metrics, reports and comparisons."""
