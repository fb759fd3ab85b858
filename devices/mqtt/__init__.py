"""The link to the broker: policy apart from session apart from wire."""
