"""What the box keeps of its members' hearts: how they answer to load, learned from session to session."""
