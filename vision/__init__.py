"""From camera frames to counted repetitions."""
