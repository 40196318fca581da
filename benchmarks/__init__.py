"""One file per claim: each measures Commonweal beside a named rival in the same run and says the ratio.

`python -m benchmarks [--quick] [NAME…]` runs them and writes `benchmarks/results/NAME.json`.
"""
