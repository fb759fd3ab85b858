"""Counting clips whose truth is known: this project's way, the peers', and the usual figures."""
