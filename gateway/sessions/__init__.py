"""From check-in to check-out: what was done, kept safe on the way, written once at the end."""
