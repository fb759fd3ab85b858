"""The fleet as those see it who look after it: boxes, tags, alerts, rollouts, audit."""
