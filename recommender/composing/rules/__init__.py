"""What a plan must keep to: each rule a small function, named as docs/reference/plan-rules.md lists it."""
