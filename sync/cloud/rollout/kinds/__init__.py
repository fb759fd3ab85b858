"""What can be rolled out: a file for each kind, and a table of them by the name of their shadow."""
