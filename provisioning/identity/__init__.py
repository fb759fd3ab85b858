"""Who a box is: its key, its certificate by EST, and the files in which both survive a power cut."""
