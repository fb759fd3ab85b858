"""How fast: a frame through the pipeline and through its peers, and cameras through a running box."""
