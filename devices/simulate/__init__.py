"""A gym without a gym: machines and bands that publish what real ones do, and answer as real ones do.

python -m devices.simulate --url mqtt://127.0.0.1:1883 --treadmills 3 --bands 4 --seed 1
"""

from devices.simulate.gym import SimulatedDevice, SimulatedGym, simulated_devices

__all__ = ["SimulatedDevice", "SimulatedGym", "simulated_devices"]
