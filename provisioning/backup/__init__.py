"""What a box is made of, sealed into one file, and back again; and nothing of it left."""
