"""Joint-angle programmes: what a body does at each depth of an exercise, and what else people do in a gym."""
