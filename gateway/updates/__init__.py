"""What the cloud desires of this box's models, brought about, proven, and taken back when it is no good."""
