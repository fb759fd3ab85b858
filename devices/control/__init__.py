"""Driving one machine: what may be asked, what is known, what is written. The rules: `devices.safety`."""
