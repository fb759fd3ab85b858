"""What a box is made of: its models, its identity, its configuration."""
