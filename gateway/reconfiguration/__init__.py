"""The configuration of a box that runs: changed on the box or by the cloud, and followed by every part."""
