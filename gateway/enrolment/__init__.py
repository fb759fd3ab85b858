"""The box's identity at the cloud: got, shown, kept fresh, and handed to whatever speaks to the cloud."""
