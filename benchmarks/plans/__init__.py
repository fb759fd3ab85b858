"""The recommender: how fast a plan is made and served, and how right it is, each beside a peer."""
