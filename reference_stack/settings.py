"""What one stack is started with: where it lives, how fast it goes, which defects it has and its secrets."""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

CONFORMANCE = "conformance"
PROFILES = ("operator", CONFORMANCE)
SFTP_SERVERS = ("embedded", "openssh")
DEFAULT_HOME = Path.home() / ".local" / "state" / "ringback" / "stack"

PUBLIC_SECRETS = ("API_TOKEN", "ADMIN_TOKEN", "REP_PASSWORD", "OPERATOR_PASSWORD", "SELFCARE_PASSWORD")
"""What a user of the stack is told; the token of internal calls stays inside."""
SECRETS = (*PUBLIC_SECRETS, "INTERNAL_TOKEN")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one stack.

    Args:
        home: folder of the database, keys, SFTP files and the log.
        port: HTTP port, 0 for a free one.
        sftp_port: SFTP port, 0 for a free one.
        database: SQLAlchemy URL; empty for a SQLite file in the home.
        pace: factor on every simulated duration; 0.1 is ten times as fast.
        seed: seed of the generated customers.
        defects: defects that are on from the start.
        profile: one of `PROFILES`.
        sftp: one of `SFTP_SERVERS`: who serves the partners' folders.
        smdp: URL of the SM-DP+ that eSIM profiles are ordered from; empty for none.
        secrets: API_TOKEN, ADMIN_TOKEN, the passwords of the care console and the token of internal calls.
    """

    home: Path
    port: int = 0
    sftp_port: int = 0
    database: str = ""
    pace: float = 1.0
    seed: int = 1
    defects: tuple[str, ...] = ()
    profile: str = "operator"
    sftp: str = "embedded"
    smdp: str = ""
    secrets: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def database_url(self) -> str:
        """The URL of the database in use."""
        return self.database or f"sqlite:///{self.home / 'stack.db'}"


def home_secrets(home: Path) -> dict[str, str]:
    """The secrets of a home, made on its first start and kept in a file that only its owner reads."""
    path = home / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    made = kept | {name: secrets.token_urlsafe(24) for name in SECRETS if name not in kept}
    if made != kept:
        write_private(path, json.dumps(made))
    return made


def write_private(path: Path, text: str) -> None:
    """Writes a file atomically, readable by its owner only."""
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)
