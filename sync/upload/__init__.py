"""What brings the outbox to the cloud: pure decisions, and a thin shell of one thread around them."""
