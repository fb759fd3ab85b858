"""The learned phase model: what is being done, and where in the repetition."""
