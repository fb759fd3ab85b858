"""The box's side of the cloud: what wires `sync` to the store, the health board and the event log."""
