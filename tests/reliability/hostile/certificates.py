"""Certificates that a server may show, good and bad ones, and the authority that the rules trust."""

import datetime
import ssl
import warnings
from collections.abc import Mapping
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

AUTHORITY, STRANGER = trustme.CA(), trustme.CA()
AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


def certificates(folder: Path) -> Mapping[str, ssl.SSLContext]:
    """A server's side of TLS for each; `ca.pem` in the folder is whom the rules trust."""
    AUTHORITY.cert_pem.write_to_path(str(folder / "ca.pem"))
    made = {
        "good": _served(AUTHORITY.issue_cert("localhost")),
        "stranger": _served(STRANGER.issue_cert("localhost")),
        "other": _served(AUTHORITY.issue_cert("pop.example.org")),
        "expired": _served(AUTHORITY.issue_cert("localhost", not_after=AGO, not_before=AGO.replace(year=2019))),
        "old": _served(AUTHORITY.issue_cert("localhost")),
        "itself": _served(trustme.LeafCert(STRANGER.private_key_pem.bytes(), STRANGER.cert_pem.bytes(), [])),
        "nul": _served(_for("localhost\0.example.org")),
    }
    made["old"].set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        made["old"].minimum_version = made["old"].maximum_version = ssl.TLSVersion.TLSv1
    return made


def _served(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def _for(name: str) -> trustme.LeafCert:
    """A certificate by the trusted authority with a name that trustme would not write."""
    key, issuer = ec.generate_private_key(ec.SECP256R1()), x509.load_pem_x509_certificate(AUTHORITY.cert_pem.bytes())
    signer = serialization.load_pem_private_key(AUTHORITY.private_key_pem.bytes(), None)
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(issuer.subject, x509.Name([]), key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
        .sign(signer, hashes.SHA256())  # type: ignore[arg-type]
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    return trustme.LeafCert(pem, made.public_bytes(serialization.Encoding.PEM), [])
