"""What the cloud asks of this box once: taken down, done, reported."""
