"""Records that leave the box, delivered at least once and applied exactly once."""
