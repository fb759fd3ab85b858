"""Which topics the box listens to: those of bridges, and those that its profiles in use speak on."""

from collections.abc import Iterable, Iterator, Mapping

from devices.dialects.homie import DESCRIPTION, STATE, TARGET, VERSION
from devices.dialects.topic_pattern import TopicPattern
from devices.profile import Profile
from devices.registry import KnownDevice
from devices.topics import SUBSCRIPTIONS


def subscriptions(profiles: Mapping[str, Profile], known: Iterable[KnownDevice]) -> tuple[str, ...]:
    """Return the topic filters, each once, in the order in which a broker should answer them.

    What a device says of itself comes before its values: a value that was kept means nothing without.
    """
    wanted = list(SUBSCRIPTIONS)
    for profile in profiles.values():
        if profile.discover:
            wanted.extend(_of_profile(profile, None))
    for device in known:
        profile = profiles[device.profile]
        # Strangers are of one level, the gym's own need not be; of a Homie stranger only its name is heard.
        if not profile.discover or profile.homie is not None or "/" in device.address:
            wanted.extend(_of_profile(profile, device.address))
    return tuple(dict.fromkeys(wanted))


def _of_profile(profile: Profile, address: str | None) -> Iterator[str]:
    if profile.homie is not None:
        base = f"{profile.homie.domain}/{VERSION}/{address or '+'}"
        yield from (f"{base}/{STATE}", f"{base}/{DESCRIPTION}")
        if address is not None:  # a stranger's values are of no use, a building's worth of them a burden
            yield from (f"{base}/+/+", f"{base}/+/+/{TARGET}")
    for topic in profile.topics:
        yield TopicPattern(topic).filter(address)
