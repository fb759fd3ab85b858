"""The languages that devices speak over MQTT, each read into the same words."""
