"""How well the labelled frames of a recording teach the phase model."""
