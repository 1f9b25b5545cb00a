"""Errors as TM Forum's APIs write them, and the failures of a call between two systems."""


class TmfError(Exception):
    """An error that the caller of an API is told in TM Forum's error body.

    Args:
        status: HTTP status.
        code: short machine-readable code.
        reason: one sentence, safe for a user.
        message: details and what to do next.
    """

    def __init__(self, status: int, code: str, reason: str, message: str = "") -> None:
        super().__init__(f"{status} {code}: {reason} {message}".strip())
        self.status = status
        self.code = code
        self.reason = reason
        self.message = message

    def body(self) -> dict[str, object]:
        """The error body of TMF630: code and reason always, message where there is one."""
        body: dict[str, object] = {"code": self.code, "reason": self.reason, "status": str(self.status)}
        return body | ({"message": self.message} if self.message else {})


class TooMany(TmfError):
    """429: the rate limit of a system is used up.

    Args:
        system: whose limit it is.
        after_s: seconds after which the request may come again.
    """

    def __init__(self, system: str, after_s: float) -> None:
        super().__init__(429, "tooManyRequests", f"the rate limit of {system} is used up", "wait for Retry-After")
        self.after_s = after_s


class SystemDown(Exception):
    """Another system did not answer: a worker tries again later."""

    def __init__(self, system: str, what: str) -> None:
        super().__init__(f"system {system!r} does not answer: {what}")
        self.system = system


class CallRefused(Exception):
    """Another system answered with an error where an answer was needed."""

    def __init__(self, system: str, path: str, status: int, body: object) -> None:
        super().__init__(f"system {system!r} answered {status} to {path}: {body}")
        self.system = system
        self.status = status
        self.body = body


def missing(what: str, identity: object) -> TmfError:
    """404 for an unknown id."""
    return TmfError(404, "notFound", f"no {what} with id {identity}")


def invalid(reason: str, message: str = "") -> TmfError:
    """400 for a body that cannot be accepted."""
    return TmfError(400, "invalidBody", reason, message)


def conflict(reason: str, message: str = "") -> TmfError:
    """409 for a change that the present state does not allow."""
    return TmfError(409, "conflict", reason, message)
