"""Records on their way from a box to the cloud: what each step of it costs."""
