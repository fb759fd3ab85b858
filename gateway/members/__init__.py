"""Who trains here, and the pseudonyms under which they leave the box."""
