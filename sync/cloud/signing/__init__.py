"""Releases signed by The Update Framework: keys, the repository of what boxes may install, publishing."""
