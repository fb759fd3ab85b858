"""The box's own program: brought as the cloud desires it, tried, and left again when it is no good."""
