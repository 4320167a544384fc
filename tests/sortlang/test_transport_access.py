"""How a transport logs in, and over what TLS: the words of an account, behind the server."""

import pytest

from in_memory import compiled, program
from sortlang.address import Address
from sortlang.digest import digest
from sortlang.explain import explain
from sortlang.prove import some_changes
from sortlang.reports.prose import prose
from sortlang.rules import Access, Tls

PIN = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
LOGIN = 'user "u" password env "P"'


def access(words: str, way: str = 'smtp "mail.ex.org:587"') -> Access:
    return program(text(words, way)).rules.transports[0].access


def found(text: str) -> list[str]:
    return [each.name for each in compiled(text)[1]]


def text(words: str, way: str = 'smtp "mail.ex.org:587"') -> str:
    return f"sort * -> a@ex.com; transport a@ex.com -> {way} {words};"


@pytest.mark.parametrize(
    ("words", "tls"),
    [
        ("", None),
        (LOGIN, Tls()),
        (f"{LOGIN} tls off", Tls("off")),
        ("tls starttls", Tls("starttls")),
        ('tls ca "/ca.pem"', Tls(ca="/ca.pem")),
        (
            f'tls name "mx.ex.org" min 1.3 pin "{PIN}" pin "{PIN}"',
            Tls(name="mx.ex.org", minimum="1.3", pins=(PIN, PIN)),
        ),
        (f"tls starttls {LOGIN}", Tls("starttls")),
    ],
)
def test_tls_is_required_where_somebody_logs_in(words: str, tls: Tls | None) -> None:
    assert access(words).tls == tls


def test_who_logs_in_and_how() -> None:
    found = access(f"{LOGIN} auth cram-md5")
    assert found.password and (found.user, found.password.value, found.auth) == ("u", "P", "cram-md5")
    assert str(found) == 'user "u" password env "P" auth cram-md5 tls required'
    assert access("tls off", 'lmtp "unix:/run/lmtp"').tls == Tls("off")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ('user "u"', "missing-setting"),
        ('password env "P"', "missing-setting"),
        ("auth plain", "missing-setting"),
        (f"{LOGIN} auth apop", "wrong-value"),
        (f"{LOGIN} {LOGIN}", "setting-twice"),
        ("tls required off", "setting-twice"),
        ("tls", "wrong-value"),
        (f"{LOGIN} tls required user", "setting-twice"),
        ('user "u" password command', "wrong-value"),
        ('"mail.ex.com:25"', "wrong-value"),
    ],
)
def test_what_cannot_be_meant(words: str, name: str) -> None:
    assert found(text(words)) == [name]


def test_the_words_may_stand_on_lines_of_their_own() -> None:
    lines = f'\n  {LOGIN}\n  auth plain\n  tls starttls\n  ca "/ca.pem"\n'
    assert access(lines) == access(lines.replace("\n", " "))
    assert found(f"sort * -> ;{text(lines)}") == ["syntax-error"]


def test_a_socket_has_no_tls() -> None:
    assert found(text("tls required", 'lmtp "unix:/run/lmtp"')) == ["conflicting-settings"]
    assert found(text('"x"', 'maildir "a"')) == ["wrong-value"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ('user "u" password "canary"', ["literal-password"]),
        (f"{LOGIN} tls off", ["cleartext-password"]),
        ('user "u" password "canary" tls off', ["cleartext-password", "literal-password"]),
        ("tls off", []),
    ],
)
def test_a_password_for_all_to_read_is_warned_about_once(words: str, names: list[str]) -> None:
    several = f'sort * -> a@ex.com; transport a@ex.com, b@ex.com -> smtp "mail.ex.com:25" {words};'
    assert sorted(found(f'domain "ex.com" < detail "+"; > {several}')) == names
    assert found(text(words, 'smtp "127.0.0.1:25"')) == [each for each in names if each != "cleartext-password"]


@pytest.mark.parametrize(
    "words", ['user "u" password "canary" "canary"', 'user "u" password canary', 'pasword "canary"']
)
def test_no_finding_shows_a_password(words: str) -> None:
    _, diagnostics = compiled(text(words))
    assert diagnostics and "canary" not in "".join(f"{each.message} {each.hint}" for each in diagnostics)


def test_what_another_login_is_and_what_it_is_not() -> None:
    one, two = program(text('user "u" password "canary"')), program(text('user "v" password "canary"'))
    (change,) = some_changes(one, two, 9)
    assert change.before == ('smtp "mail.ex.org:587" user "u" password in the file tls required',)
    assert digest(one.rules) != digest(two.rules)
    assert digest(one.rules) == digest(program(text('user "u" password "other"')).rules)
    told = prose(explain(one, Address.parse("a@ex.com")))
    assert 'smtp mail.ex.org:587 user "u" password in the file tls required' in told and "canary" not in told
