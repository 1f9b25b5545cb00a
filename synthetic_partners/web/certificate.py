"""The certificate of a listening partner: made at its start, kept beside its memory, for tests alone."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

_VALID = timedelta(days=397)
_RENEWED_BEFORE = timedelta(days=7)


def own_certificate(folder: Path, name: str, host: str) -> tuple[Path, Path]:
    """PEM files of a self-signed certificate for `host` and its key; made when there is none that is still good."""
    certificate, key = folder / f"{name}.{host}.crt", folder / f"{name}.{host}.key"
    if not (key.exists() and _is_good(certificate)):
        folder.mkdir(parents=True, exist_ok=True)
        made, secret = _make(name, host)
        _write(key, secret, 0o600)
        _write(certificate, made, 0o644)
    return certificate, key


def _is_good(certificate: Path) -> bool:
    from cryptography import x509  # only partners that speak TLS need it

    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError):
        return False
    return found.not_valid_after_utc - _RENEWED_BEFORE > datetime.now(UTC)


def _make(name: str, host: str) -> tuple[bytes, bytes]:
    """Certificate and private key, PEM."""
    from cryptography import x509  # as above
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), secret


def _names(host: str) -> list[GeneralName]:
    from cryptography import x509  # as above

    try:
        return [x509.IPAddress(ip_address(host)), x509.DNSName("localhost")]
    except ValueError:
        return [x509.DNSName(host)]


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
