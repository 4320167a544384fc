"""What is to be said about options of fetchmail that become no setting."""

from collections.abc import Callable

from sortlang.diagnostic import Diagnostic
from sortlang.frozen import frozen
from sortlang.importers.draft import changed, dropped
from sortlang.source import Span

ON, OFF = (False,), (True,)


@frozen
class Remark:
    """A clause about an option; said only `when` the option is on, off, or both."""

    text: str
    when: tuple[bool, ...] = ON
    kind: Callable[[Span, str], Diagnostic] = dropped


_BYTES = "messages are stored byte by byte as they came"
_HOOK = "no program is run before or after a session"

REMARKS = {
    "checkalias": Remark("no DNS is asked for whom mail is"),
    "principal": Remark("there is no Kerberos here"),
    "interface": Remark("the network is not looked at before a session"),
    "monitor": Remark("the network is not looked at before a session"),
    "plugin": Remark("connections are not made through a program", ON),
    "plugout": Remark("connections are not made through a program"),
    "uidl": Remark("unique ids are always used", OFF, changed),
    "tracepolls": Remark("trace headers always name the account (`stamp`)", ON, changed),
    "bad-header": Remark("mail with bad headers is always accepted", ON, changed),
    "folder": Remark("POP3 has no folders"),
    "fetchdomains": Remark("there is no ETRN or ODMR here"),
    "smtpname": Remark("mail goes to the address that a rule says"),
    "antispam": Remark("what the server refuses for good is kept, and never dropped as spam"),
    "bsmtp": Remark("mail is not written to a batch file"),
    "preconnect": Remark(_HOOK),
    "postconnect": Remark(_HOOK),
    "flush": Remark("mail that was seen before is not deleted unfetched"),
    "fetchall": Remark("whatever was not delivered yet is always fetched, seen or not", OFF, changed),
    "rewrite": Remark(_BYTES),
    "forcecr": Remark(_BYTES),
    "stripcr": Remark(_BYTES),
    "pass8bits": Remark(_BYTES),
    "dropstatus": Remark(_BYTES),
    "dropdelivered": Remark(_BYTES),
    "mimedecode": Remark(_BYTES),
    "idle": Remark("POP3 cannot wait for mail; `every` says how often it is asked"),
    "forceidle": Remark("POP3 cannot wait for mail; `every` says how often it is asked"),
    "sslkey": Remark("no certificate is shown to the server"),
    "sslcert": Remark("no certificate is shown to the server"),
    "sslcertpath": Remark("authorities come from one file", ON),
    "warnings": Remark("mail that is too large is reported, not warned about by mail"),
    "fetchsizelimit": Remark("sizes are always asked for at once"),
    "fastuidl": Remark("the whole list of unique ids is always asked for"),
    "batchlimit": Remark("mail is delivered in batches of its own"),
    "expunge": Remark("deletions are committed at the end of a session", ON),
    "properties": Remark("it says nothing to fetchmail either"),
    "passwordfd": Remark("the password comes from the variable named below"),
    "passwordfile": Remark("the password comes from the variable named below"),
}

SET_REMARKS = {
    "logfile": "the runner logs to its standard error output",
    "syslog": "the runner logs to its standard error output",
    "idfile": "what fetchmail fetched before is not known here",
    "pidfile": "there is no such file",
    "invisible": "messages say where they were fetched (`stamp`)",
    "showdots": "progress is shown in another way",
    "properties": "it says nothing to fetchmail either",
    "bouncemail": "nothing is ever sent back to a sender",
    "spambounce": "nothing is ever sent back to a sender",
    "softbounce": "what the server refuses for good is kept",
    "postmaster": "",
}
