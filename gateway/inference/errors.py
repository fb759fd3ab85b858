"""Why an inference gave no answer. Each text says what happened and what to do."""


class InferenceError(Exception):
    """Base of all of them."""


class RequestRefused(InferenceError):  # noqa: N818 - named by what happened, as all errors of the project are
    """The request is not one that the model can answer."""


class NotServed(InferenceError):  # noqa: N818
    """No model of this name, or no such version of it, is loaded."""


class Overloaded(InferenceError):  # noqa: N818
    """Too many requests wait already; ask again soon."""


class TooLate(InferenceError):  # noqa: N818
    """The model gave no answer in time."""


class ModelFailed(InferenceError):  # noqa: N818
    """The model itself failed."""
