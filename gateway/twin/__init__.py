"""The box's own copy of its twin: one connection to the cloud, one look for all that is desired."""
