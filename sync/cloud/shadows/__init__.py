"""The twins of the boxes, as the cloud keeps them: what each should be, and what it says it is."""
