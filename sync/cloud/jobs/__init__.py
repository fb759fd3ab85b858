"""Jobs: what boxes are asked to do once, how each got on, and the diagnostics that they send."""
