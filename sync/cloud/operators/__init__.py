"""The people who look after the fleet: accounts, what each may do, sessions and tokens."""
