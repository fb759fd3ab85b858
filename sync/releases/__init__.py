"""The box's side of releases: what it trusts, what it installs, and what it refuses."""
