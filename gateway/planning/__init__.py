"""From what the store knows of a member to today's plan, kept for days without a network."""
