"""Session cookies are signed, end, and give each form a token."""

from ringback.reference_stack.care.sessions import LIFETIME_S, Sessions

NOW = 1_800_000_000.0


def test_a_cookie_is_read_back() -> None:
    """The rep of a signed cookie is known again."""
    sessions = Sessions(b"key", lambda: NOW)
    session = sessions.new("rep1")

    assert sessions.read(sessions.cookie(session)) == session


def test_a_changed_cookie_is_nobody() -> None:
    """One changed character ends the session."""
    sessions = Sessions(b"key", lambda: NOW)
    cookie = sessions.cookie(sessions.new("rep1"))

    assert sessions.read("A" + cookie[1:]) is None
    assert sessions.read("") is None
    assert Sessions(b"other", lambda: NOW).read(cookie) is None


def test_a_session_ends() -> None:
    """After its lifetime a cookie is worth nothing."""
    cookie = Sessions(b"key", lambda: NOW).cookie(Sessions(b"key", lambda: NOW).new("rep1"))

    assert Sessions(b"key", lambda: NOW + LIFETIME_S + 1).read(cookie) is None


def test_a_form_token_belongs_to_one_session() -> None:
    """A form of another session is refused."""
    sessions = Sessions(b"key", lambda: NOW)
    mine, other = sessions.new("rep1"), sessions.new("rep1")

    assert sessions.is_ours(mine, sessions.form_token(mine))
    assert not sessions.is_ours(mine, sessions.form_token(other))
