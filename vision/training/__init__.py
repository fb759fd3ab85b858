"""Teaching the phase model: simulated people, the network, its training and its export."""
