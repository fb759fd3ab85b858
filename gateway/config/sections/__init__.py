"""One file for each table of `gymbox.toml`; their texts are for people."""
