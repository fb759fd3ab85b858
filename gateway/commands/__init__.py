"""Commands to machines: from whoever asks, through the safety rules, to the machine and into the log."""
