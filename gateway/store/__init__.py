"""One SQLite file, one writer thread, answers only after the commit."""
