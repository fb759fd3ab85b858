"""Rounds of federated learning: a start model out, blurred updates in, their average judged like any."""
