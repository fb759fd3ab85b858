"""The console's pages, one file each: what is shown, and what a click asks the box for."""
