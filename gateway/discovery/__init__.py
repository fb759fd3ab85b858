"""What stands on the gym's network: brokers (mDNS), cameras (ONVIF), and the box's own address there."""
