"""Who is acting, and for which journey: two context variables that follow each request, delivery and worker."""

from contextvars import ContextVar

CORRELATION: ContextVar[str] = ContextVar("correlation", default="")
"""The correlation id of the request or event that is being handled."""

SYSTEM: ContextVar[str] = ContextVar("system", default="stack")
"""The system on whose behalf the code runs."""
