"""What a member should do today, and why."""
