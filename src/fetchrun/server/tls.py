"""TLS: whom we believe to be the server, and why we do not."""

import hashlib
import ssl
from functools import lru_cache
from pathlib import Path

from fetchrun.printable import printable
from fetchrun.trouble import Trouble
from sortlang.rules import Tls

MINIMUM = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

_UNKNOWN = "is signed by an authority that this machine does not know"
_OWN_CA = 'if you run that authority, name its file: `tls ca "ca.pem"`'

# OpenSSL's X509_V_ERR_… → what it means, and what may help.
CERTIFICATE = {
    9: ("is not valid yet", "is the clock of this machine right?"),
    10: ("has expired", "ask the provider to renew it, and do not switch TLS off; is the clock of this machine right?"),
    18: ("is signed by nobody but itself", 'if you trust it, name its file: `tls ca "server.pem"`'),
    19: (_UNKNOWN, _OWN_CA),
    20: (_UNKNOWN, _OWN_CA),
    21: (_UNKNOWN, _OWN_CA),
    23: ("has been revoked", ""),
}
NAMES = (62, 64)  # host name, address

NO_TLS = {"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}
TOO_OLD = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"}


def context(tls: Tls) -> ssl.SSLContext:
    """Always checks the certificate and its name; trusts `tls.ca` alone if there is one. Raises Trouble."""
    path = None if tls.ca is None else Path(tls.ca).expanduser()
    try:
        made = ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise _trouble(f"the file {path} holds no certificate in PEM form", temporary=False) from None
    except OSError as error:
        raise _trouble(f"the certificate file {path} cannot be read: {error.strerror}", temporary=False) from None
    made.minimum_version = MINIMUM[tls.minimum]
    return made


def standing(tls: Tls) -> ssl.SSLContext:
    """As `context`, but the same for all sessions while the files of the authorities are the same; not to be changed.

    To read those of the system takes longer than to fetch a hundred messages.
    """
    found = ssl.get_default_verify_paths()
    files = [found.cafile, found.capath] if tls.ca is None else [str(Path(tls.ca).expanduser())]
    return _standing(tls, tuple(_state(each) for each in files if each))


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a whole certificate in DER form, as `tls pin` has it: not of its key alone."""
    return hashlib.sha256(certificate).hexdigest()


def pinned(tls: Tls, certificate: bytes, where: str) -> None:
    """Raises Trouble unless the certificate is one of the pins, if there are any; asked besides all other checks."""
    shown = fingerprint(certificate)
    if tls.pins and shown not in tls.pins:
        hint = f'if you know this certificate to be theirs, it is `tls pin "sha256:{shown}"`'
        raise _trouble(f"the certificate of {where} is not the one that is pinned", hint, temporary=False)


def handshake_trouble(error: OSError, where: str, name: str) -> Trouble:
    """Why a handshake with the server at `where`, whose certificate must bear `name`, failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(error, where, name)
    if isinstance(error, ssl.SSLError) and error.reason:
        return _failed(error.reason, where)
    if isinstance(error, TimeoutError) or "longer than" in str(error):  # asyncio's word for a handshake out of time
        return _trouble(f"{where} did not finish the TLS handshake in time")
    return _trouble(f"{where} cut the connection in the TLS handshake")


@lru_cache(maxsize=64)
def _standing(tls: Tls, _: tuple[tuple[int, ...], ...]) -> ssl.SSLContext:
    return context(tls)


def _state(path: str) -> tuple[int, ...]:
    """Changes with the file; that there is none is for others to tell."""
    try:
        about = Path(path).stat()
    except OSError:
        return ()
    return about.st_ino, about.st_mtime_ns, about.st_size


def _untrusted(error: ssl.SSLCertVerificationError, where: str, name: str) -> Trouble:
    if error.verify_code in NAMES:
        hint = 'if that is the right server, say which name it bears: `tls name "…"`'
        return _trouble(f"the certificate of {where} is not for the name {name}", hint, temporary=False)
    why, hint = CERTIFICATE.get(error.verify_code, (f"is not to be trusted: {printable(error.verify_message)}", ""))
    return _trouble(f"the certificate of {where} {why}", hint, temporary=False)


def _failed(reason: str, where: str) -> Trouble:
    if reason in NO_TLS:
        hint = "on port 110 servers begin in the clear and change to TLS by STLS: `tls starttls`"
        return _trouble(f"{where} does not speak TLS", hint, temporary=False)
    if reason in TOO_OLD:
        return _trouble(f"{where} speaks no version of TLS that is allowed here", temporary=False)
    return _trouble(f"the TLS handshake with {where} failed: {printable(reason.lower().replace('_', ' '))}")


class Distrust(Trouble):
    """The handshake failed, or the certificate did."""


def _trouble(sentence: str, hint: str = "", *, temporary: bool = True) -> Distrust:
    return Distrust("tls", sentence, settings=("tls", "server"), hint=hint, temporary=temporary)
