"""Machines and bands through a real broker and a running box."""
