"""The mechanisms against the examples of their RFCs, and against a server that knows the password."""

import hashlib
import hmac
from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import NOWHERE, account
from fetchrun.pop3 import command
from fetchrun.pop3.capabilities import Capabilities
from fetchrun.pop3.command import InvalidCommand
from fetchrun.pop3.event import Challenge, Reply
from fetchrun.server.authenticate import mechanism
from fetchrun.server.mechanism import InvalidChallenge, Login, Mechanism, Response, Said, Steps, decoded
from fetchrun.server.mechanisms.apop import Apop
from fetchrun.server.mechanisms.cram_md5 import CramMd5
from fetchrun.server.mechanisms.plain import Plain
from fetchrun.server.mechanisms.saslprep import saslprep
from fetchrun.server.mechanisms.scram import Scram
from fetchrun.server.mechanisms.token import OAuthBearer, XOAuth2
from fetchrun.trouble import Trouble
from sortlang.rules import OAuth, Password

NOOP = command.noop()
OK, NO = Reply(NOOP, True, b""), Reply(NOOP, False, b"")
TOKEN = OAuth("other", "https://login.example/token", "client", "/nowhere", span=NOWHERE)


def challenge(text: bytes) -> Challenge:
    return Challenge(NOOP, b64encode(text))


def said(words: Said) -> bytes:
    """A response out of its base64; the initial response of AUTH likewise."""
    if isinstance(words, Response):
        return b64decode(words.line)
    return b64decode(words.line.split()[-1]) if words.verb == "AUTH" and len(words.line.split()) > 2 else words.line


def ended(steps: Steps, answer: Reply | Challenge) -> bool:
    with pytest.raises(StopIteration):
        steps.send(answer)
    return True


class TestExamples:
    """As the RFCs have them."""

    def test_apop(self) -> None:
        """RFC 1939 §7."""
        steps = Apop().steps(Login("mrose", "tanstaaf", b"POP3 server ready <1896.697170952@dbc.mtview.ca.us>"))
        assert said(next(steps)) == b"APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n"

    def test_cram_md5(self) -> None:
        """RFC 2195 §2."""
        steps = CramMd5().steps(Login("tim", "tanstaaftanstaaf"))
        next(steps)
        answer = steps.send(challenge(b"<1896.697170952@postoffice.reston.mci.net>"))
        assert said(answer) == b"tim b913a602c7eda7a495b4e6e7334d3890"
        assert ended(steps, OK)

    @pytest.mark.parametrize(
        ("name", "hash_", "nonce", "first", "last", "final"),
        [
            (
                "SCRAM-SHA-1",
                "sha1",
                "fyko+d2lbbFgONRv9qkxdawL",
                b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
                b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
                b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
            ),
            (
                "SCRAM-SHA-256",
                "sha256",
                "rOprNGfwEbeRWgbNEkqO",
                b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            ),
        ],
    )
    def test_scram(self, name: str, hash_: str, nonce: str, first: bytes, last: bytes, final: bytes) -> None:
        """RFC 5802 §5, RFC 7677 §3."""
        steps = Scram(name, hash_, lambda: nonce).steps(Login("user", "pencil"))
        assert said(next(steps)) == f"n,,n=user,r={nonce}".encode()
        assert said(steps.send(challenge(first))) == last
        assert said(steps.send(challenge(final))) == b""
        assert ended(steps, OK)

    @pytest.mark.parametrize(
        ("text", "prepared"),
        [("I\u00adX", "IX"), ("user", "user"), ("USER", "USER"), ("\u00aa", "a"), ("\u2168", "IX")],
    )
    def test_saslprep(self, text: str, prepared: str) -> None:
        """RFC 4013 §3."""
        assert saslprep(text) == prepared

    @pytest.mark.parametrize("text", ["\u0007", "\u06271"])
    def test_saslprep_refuses(self, text: str) -> None:
        """RFC 4013 §3."""
        with pytest.raises(InvalidCommand):
            saslprep(text)


class TestScram:
    @given(user=st.text("ab=,é ", min_size=1), password=st.text("xyz ü=,", min_size=1), salt=st.binary(min_size=1))
    def test_a_server_that_knows_the_password_agrees(self, user: str, password: str, salt: bytes) -> None:
        steps = Scram("SCRAM-SHA-256", "sha256", lambda: "ours").steps(Login(user, password))
        answer, final = _served(steps, password, salt)
        assert answer == b"" and final
        assert ended(steps, OK)

    def test_a_server_that_does_not(self) -> None:
        steps = Scram("SCRAM-SHA-256", "sha256", lambda: "ours").steps(Login("anna", "secret"))
        with pytest.raises(InvalidChallenge, match="does not prove"):
            _served(steps, "another", b"salt")

    @pytest.mark.parametrize("early", [0, 1])
    def test_it_lets_us_in_too_early(self, early: int) -> None:
        """+OK without the server's signature is no login."""
        steps = Scram("SCRAM-SHA-256", "sha256", lambda: "ours").steps(Login("anna", "secret"))
        next(steps)
        if early:
            steps.send(challenge(b"r=oursandtheirs,s=c2FsdA==,i=4096"))
        with pytest.raises(InvalidChallenge, match="does not prove"):
            steps.send(OK)

    def test_it_says_why_not(self) -> None:
        """RFC 5802 §7: `e=` is no proof, and gets no answer but `*`."""
        steps = Scram("SCRAM-SHA-256", "sha256", lambda: "ours").steps(Login("anna", "secret"))
        next(steps)
        steps.send(challenge(b"r=oursandtheirs,s=c2FsdA==,i=4096"))
        assert ended(steps, challenge(b"e=invalid-proof"))

    @pytest.mark.parametrize(
        "first",
        [
            b"\0",
            b"r=oursx,s=c2FsdA==,i=0",
            b"r=oursx,s=c2FsdA==,i=4095",
            b"r=oursx,s=c2FsdA==,i=99999999999999",
            b"r=oursx,s=c2FsdA==,i=1000001",
            b"r=oursx,s=,i=4096",
            b"r=oursx,s=c2FsdA,i=4096",
            b"r=ours,s=c2FsdA==,i=4096",
            b"r=theirs,s=c2FsdA==,i=4096",
            b"m=must,r=oursx,s=c2FsdA==,i=4096",
            b"r=oursx,i=4096,s=c2FsdA==",
        ],
    )
    def test_messages_that_cannot_be_answered(self, first: bytes) -> None:
        steps = Scram("SCRAM-SHA-256", "sha256", lambda: "ours").steps(Login("anna", "secret"))
        next(steps)
        with pytest.raises(InvalidChallenge):
            steps.send(challenge(first))

    def test_no_nonce_comes_twice(self) -> None:
        made = Scram("SCRAM-SHA-1", "sha1")
        assert len({said(next(made.steps(Login("anna", "secret")))) for _ in range(100)}) == 100


class TestBase64:
    @given(st.binary())
    def test_it_is_read(self, data: bytes) -> None:
        assert decoded(b64encode(data)) == data

    @given(st.binary(max_size=12))
    def test_nothing_else_is(self, text: bytes) -> None:
        """F42, S07: either the one spelling of it, or refused."""
        try:
            found = decoded(text)
        except InvalidChallenge:
            return
        assert b64encode(found) == text

    @pytest.mark.parametrize("text", [b"YQ", b"YQ=", b"YQ==\n", b"YQ===", b"Y Q==", b"YR==", b"=", b"-_-_"])
    def test_near_misses(self, text: bytes) -> None:
        with pytest.raises(InvalidChallenge):
            decoded(text)


class TestChoice:
    @pytest.mark.parametrize(
        ("offered", "secure", "chosen"),
        [
            ("PLAIN LOGIN", True, "PLAIN"),
            ("LOGIN", True, "LOGIN"),
            ("PLAIN CRAM-MD5", True, "PLAIN"),
            ("PLAIN CRAM-MD5", False, "CRAM-MD5"),
            ("PLAIN CRAM-MD5 SCRAM-SHA-1", False, "SCRAM-SHA-1"),
            ("PLAIN SCRAM-SHA-1 SCRAM-SHA-256", True, "SCRAM-SHA-256"),
            ("XOAUTH2 NTLM GSSAPI", True, "USER"),
            ("", True, "USER"),
        ],
    )
    def test_auto(self, offered: str, secure: bool, chosen: str) -> None:
        assert mechanism(account(1), _offering(offered), secure=secure).name == chosen

    @pytest.mark.parametrize(("offered", "chosen"), [("PLAIN XOAUTH2", "XOAUTH2"), ("OAUTHBEARER", "OAUTHBEARER")])
    def test_a_token(self, offered: str, chosen: str) -> None:
        assert mechanism(_with_token(), _offering(offered), secure=True).name == chosen
        assert mechanism(_with_token(), Capabilities(), secure=True).name == "XOAUTH2"

    def test_a_token_is_never_sent_as_a_password(self) -> None:
        with pytest.raises(Trouble, match="does not offer to log in with XOAUTH2 or OAUTHBEARER; it offers PLAIN"):
            mechanism(_with_token(), _offering("PLAIN"), secure=True)

    @pytest.mark.parametrize("auth", ["login", "cram-md5", "scram-sha-256", "xoauth2", "oauthbearer"])
    def test_what_is_configured_or_nothing(self, auth: str) -> None:
        """S03."""
        assert mechanism(account(1, auth=auth), _offering(auth), secure=True).name == auth.upper()
        assert mechanism(account(1, auth=auth), Capabilities(), secure=True).name == auth.upper()
        with pytest.raises(Trouble, match="does not offer"):
            mechanism(account(1, auth=auth), _offering("PLAIN SCRAM-SHA-1"), secure=False)

    def test_a_login_is_not_shown(self) -> None:
        """S12."""
        assert "hunter2" not in repr(Login("anna", "hunter2"))


class TestTokens:
    @pytest.mark.parametrize("made", [XOAuth2(), OAuthBearer(), Plain()])
    def test_what_cannot_be_carried(self, made: Mechanism) -> None:
        with pytest.raises(InvalidCommand) as caught:
            next(made.steps(Login("anna", "hunter2\0")))
        assert "hunter2" not in str(caught.value)

    def test_the_user_is_escaped(self) -> None:
        """RFC 5801 §4."""
        assert said(next(OAuthBearer().steps(Login("a,b=c", "t")))) == b"n,a=a=2Cb=3Dc,\1auth=Bearer t\1\1"

    def test_a_long_token_goes_behind_an_empty_challenge(self) -> None:
        steps = OAuthBearer().steps(Login("anna", "t" * 3000))
        assert said(next(steps)) == b"AUTH OAUTHBEARER\r\n"
        assert len(said(steps.send(Challenge(NOOP, b"")))) > 3000
        assert ended(steps, NO)


def _served(steps: Steps, password: str, salt: bytes) -> tuple[bytes, bytes]:
    """What the client answers to the server's signature, and that: RFC 5802 §3, written down once more."""
    bare = said(next(steps)).removeprefix(b"n,,")
    first = b"r=ourstheirs,s=%b,i=4096" % b64encode(salt)
    last, _, proof = said(steps.send(challenge(first))).rpartition(b",p=")
    both = bare + b"," + first + b"," + last
    salted = hashlib.pbkdf2_hmac("sha256", saslprep(password).encode(), salt, 4096)
    key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(key).digest(), both, "sha256")
    if password != "another":
        assert bytes(a ^ b for a, b in zip(b64decode(proof), signature, strict=True)) == key
    final = b"v=" + b64encode(hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), both, "sha256"))
    return said(steps.send(challenge(final))), final


def _offering(mechanisms: str) -> Capabilities:
    return Capabilities.of([b"USER", b"SASL " + mechanisms.upper().encode()])


def _with_token():  # type: ignore[no-untyped-def]
    return account(1, oauth=TOKEN, password=Password("oauth", "", span=NOWHERE))
