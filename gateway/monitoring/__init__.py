"""What became of the plans, looked at now and then: for Prometheus, the health board and the event log."""
