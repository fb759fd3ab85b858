"""How a release reaches the fleet: group by group, watched, and back again when it is no good."""
