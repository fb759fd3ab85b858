"""What happened that somebody may have to answer for: an append-only log in the box's store."""
