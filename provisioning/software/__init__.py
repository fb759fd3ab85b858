"""Two places for the program, one that works and one for the next version; a trial decides between them."""
