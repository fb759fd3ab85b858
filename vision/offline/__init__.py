"""Counting a whole video: the frames, the result, and pictures of what the counter saw."""
