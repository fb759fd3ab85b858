"""What `benchmarks/fleet.py` measures: boxes that ask whether anything is new."""
