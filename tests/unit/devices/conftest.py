"""Settings for the property tests of this folder."""

from hypothesis import HealthCheck, settings

# A busy machine is slow now and then; that says nothing about the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
