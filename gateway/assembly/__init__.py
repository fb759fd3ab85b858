"""How the parts of a box are built: each function makes one of what the box has by then."""
