"""The programs that fetch mail: each set up as its manual says, all to one Maildir, nothing left on the server."""

import os
import pwd
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import program

from dovecot import MAIL_UID


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be fetched: a port on loopback, users with one password, the CA for TLS, whether mail stays there.

    `sorts` and `more`, settings of the accounts, are for ours.
    """

    port: int
    users: Sequence[str]
    password: str
    ca: Path | None = None
    keep: bool = False
    sorts: str = "sort *@customer0.example -> all@int.example; sort * -> rest@int.example;"
    more: str = ""


Command = list[str]
Fetcher = Callable[[Path, Job], list[Command]]


def fetchrun(folder: Path, job: Job) -> list[Command]:
    """Ours: one rule for all mail unless the job has others; ledger, journal and every flush as always."""
    tls = f'tls required; tls ca "{job.ca}";' if job.ca else "tls off;"
    accounts = "".join(
        f'account "{user}" < server "localhost" port {job.port}; user "{user}"; password "{job.password}"; {tls}'
        f" {'keep forever;' if job.keep else ''} {job.more} >\n"
        for user in job.users
    )
    (folder / "rules.sort").write_text(accounts + f'transport * -> maildir "{folder}/Maildir";\n' + job.sorts + "\n")
    return [[program("fetchrun"), "once", str(folder / "rules.sort"), "--state", str(folder / "state")]]


def mpop(folder: Path, job: Job) -> list[Command]:
    """One process, which asks one account after the other."""
    return mpops(folder, job, 1)


def mpops(folder: Path, job: Job, processes: int) -> list[Command]:
    """So many processes at once, each with its share of the accounts."""
    maildir(folder / "Maildir")
    tls = f"tls on\ntls_starttls off\ntls_trust_file {job.ca}\n" if job.ca else "tls off\n"
    common = (
        f"defaults\nhost localhost\nport {job.port}\npassword {job.password}\nauth user\n{tls}"
        f"delivery maildir {folder}/Maildir\nkeep {'on' if job.keep else 'off'}\nreceived_header off\n"
    )
    accounts = [f"account {user}\nuser {user}\nuidls_file {folder}/uidls-{user}\n" for user in job.users]
    private(folder / "mpoprc", common + "".join(accounts))
    shares = [list(job.users[number::processes]) for number in range(processes)]
    return [["mpop", "-q", "-C", str(folder / "mpoprc"), *share] for share in shares if share]


def fdm(folder: Path, job: Job) -> list[Command]:
    """A process for each account, as it does by itself."""
    maildir(folder / "Maildir")
    return fdm_by(folder, job, f'action "d" maildir "{folder}/Maildir"\nmatch all action "d"\n')


def fdm_by(folder: Path, job: Job, rules: str) -> list[Command]:
    """What it does with a message is in `rules`."""
    kind = "pop3s" if job.ca else "pop3"
    keep = " keep" if job.keep else ""
    accounts = "".join(
        f'account "{user}" {kind} server "127.0.0.1" port {job.port} user "{user}" pass "{job.password}"{keep}\n'
        for user in job.users
    )
    head = f'set default-user "{pwd.getpwuid(os.geteuid()).pw_name}"\nset lock-types none\n'
    private(folder / "fdm.conf", f"{head}{accounts}{rules}")
    return [["fdm", "-f", str(folder / "fdm.conf"), "-q", "fetch"]]


def fetchmail(folder: Path, job: Job) -> list[Command]:
    """Hands each message to maildrop, which it starts for it."""
    maildir(folder / "Maildir")
    private(folder / "filter", f'to "{folder}/Maildir"\n')
    return fetchmail_by(folder, job, f'mda "/usr/bin/maildrop {folder}/filter"')


def fetchmail_by(folder: Path, job: Job, mail: str, server: str = "") -> list[Command]:
    """What becomes of each user's `mail`; what else it should know of the server."""
    tls = f"ssl no sslcertck sslcertfile {job.ca}" if job.ca else 'sslproto ""'
    keep, uidl = ("keep", " uidl") if job.keep else ("no keep", "")
    users = "".join(f' user "{user}" password "{job.password}" {mail} {tls} {keep} fetchall\n' for user in job.users)
    poll = f"poll localhost protocol pop3 port {job.port} auth password{uidl} {server}\n"
    private(folder / "fetchmailrc", f'set postmaster "rest"\n{poll}{users}')
    program = ["env", f"FETCHMAILHOME={folder}", "fetchmail", "-s", "-N", "--nobounce"]
    return [[*program, "-f", str(folder / "fetchmailrc")]]


def getmail(folder: Path, job: Job) -> list[Command]:
    """Delivers by itself, as a user that is not root."""
    return getmail_by(folder, job, "Simple", f"[destination]\n{getmail_box(folder / 'Maildir')}")


def getmail_by(folder: Path, job: Job, kind: str, sections: str) -> list[Command]:
    """`kind` of its retrievers: `Simple`, or `Multidrop`, which knows whom a message is for."""
    commands = ["getmail", "--getmaildir", str(folder)]
    for user in job.users:
        (folder / f"getmailrc-{user}").write_text(
            f"[retriever]\ntype = {kind}POP3{'SSL' if job.ca else ''}Retriever\nserver = localhost\nport = {job.port}\n"
            f"username = {user}\npassword = {job.password}\ntimeout = 20\n"
            + (f"use_starttls = false\nca_certs = {job.ca}\n" if job.ca else "")
            + ("envelope_recipient = delivered-to:1\n" if kind == "Multidrop" else "")
            + f"{sections}[options]\ndelete = {str(not job.keep).lower()}\nverbose = 0\n"
            "delivered_to = false\nreceived = false\n"
        )
        commands += ["--rcfile", f"getmailrc-{user}"]
    return [commands]


def getmail_box(box: Path) -> str:
    """What it has to know of a Maildir, which is made."""
    maildir(box)
    if os.geteuid() != 0:
        return f"type = Maildir\npath = {box}/\n"
    for each in (box, *box.iterdir()):
        shutil.chown(each, MAIL_UID)
    return f"type = Maildir\npath = {box}/\nuser = {MAIL_UID}\n"


def maildir(folder: Path) -> None:
    """An empty one."""
    for each in ("tmp", "new", "cur"):
        (folder / each).mkdir(parents=True)


def private(path: Path, text: str) -> None:
    """Several of them refuse a file with passwords that others may read."""
    path.write_text(text)
    path.chmod(0o600)
