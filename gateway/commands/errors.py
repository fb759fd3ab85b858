"""Why a command did not come about; the texts are for the person who tried."""


class CommandError(Exception):
    """A command that did not come about."""


class MachineUnknown(CommandError):  # noqa: N818 - named by what happened
    """There is no such machine."""


class NotCommandable(CommandError):  # noqa: N818 - named by what happened
    """The box has no way to command this device at all."""


class CommandRefused(CommandError):  # noqa: N818 - named by what happened
    """A safety rule forbids it; `rule` is its number."""

    def __init__(self, reason: str, rule: int | None) -> None:
        super().__init__(reason)
        self.rule = rule


class MachineDeclined(CommandError):  # noqa: N818 - named by what happened
    """The machine was asked and did not do it."""


class MachineUnreachable(CommandError):  # noqa: N818 - named by what happened
    """There is no way to the machine now."""


class NotReady(CommandError):  # noqa: N818 - named by what happened
    """A person's word is not enough to go on."""


class NothingToFollow(CommandError):  # noqa: N818 - named by what happened
    """The session has no machine, or no steps."""
