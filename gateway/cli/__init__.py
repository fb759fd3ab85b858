"""The command line `gymbox`: one file a group of commands, each thin over the packages."""

from gateway.cli.main import main

__all__ = ["main"]
