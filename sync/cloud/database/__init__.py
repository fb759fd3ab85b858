"""What the cloud knows about its objects, in SQLite or PostgreSQL."""
