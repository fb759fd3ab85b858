"""Gym machines and bands over MQTT: frames in, readings out."""
