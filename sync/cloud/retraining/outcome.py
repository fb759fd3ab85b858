"""How a run can end other than well: errors that a person can do something about."""


class RetrainingError(RuntimeError):
    """A run cannot go on; the text says why and what to do."""


class Refused(RetrainingError):  # noqa: N818 - named by what happened, as all errors of the project are
    """What was given, or what came of it, must not be used; the text says why."""


class Interrupted(RetrainingError):  # noqa: N818 - likewise
    """A run was stopped before its end; the next one goes on where it was."""


class LeaseLost(Interrupted):
    """Another run has taken over, because this one had been silent for too long."""


class Outdated(RetrainingError):  # noqa: N818 - likewise
    """What the dataset was made of is no longer there; nothing may be made of it any more."""
