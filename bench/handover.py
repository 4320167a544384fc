"""Mail handed on to Dovecot by LMTP, sorted by us or there by Sieve: the boxes are Dovecot's Maildirs."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fetchers import Command, Job, fetchrun
from mailbag import recipient
from sorters import BOXES, REST, Sorter, numbers, rule_box, sorts

from dovecot import Dovecot

CONFIGURATION = """
protocols = pop3 lmtp
service lmtp {{
  chroot =
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
}}
protocol lmtp {{
  mail_plugins = sieve
  postmaster_address = postmaster@example.com
}}
plugin {{
  sieve_max_script_size = 0
  sieve_max_actions = 0
}}
"""
ONE = "boxes@int.example"
USERS = [ONE, *(f"{box}@int.example" for box in BOXES)]


def by_us(server: Dovecot, port: int) -> Sorter:
    """Each box is a user of Dovecot's."""

    def sorter(folder: Path, job: Job, rules: int) -> list[Command]:
        for box in BOXES:
            server.empty(f"{box}@int.example")
        _linked(folder, lambda box: server.maildir_of(f"{box}@int.example"))
        return fetchrun(folder, replace(job, sorts=_transport(port) + sorts(rules)))

    return sorter


def by_sieve(server: Dovecot, port: int) -> Sorter:
    """All goes to one user, whose script, compiled beforehand, tells the recipients apart; each box is a folder."""

    def sorter(folder: Path, job: Job, rules: int) -> list[Command]:
        server.empty(ONE)
        home = server.maildir_of(ONE)
        _script(home / ".dovecot.sieve", rules)
        _linked(folder, lambda box: home / f".{box}")
        return fetchrun(folder, replace(job, sorts=f"{_transport(port)}sort * -> {ONE};"))

    return sorter


def _transport(port: int) -> str:
    return f'transport "*@int.example" -> lmtp "127.0.0.1:{port}";\n'


def _linked(folder: Path, maildir_of: Callable[[str], Path]) -> None:
    (folder / "boxes").mkdir()
    for box in BOXES:
        (folder / "boxes" / box).symlink_to(maildir_of(box))


def _script(path: Path, rules: int) -> None:
    tests = (
        f'if header :is "Delivered-To" "{recipient(each)}" {{ fileinto :create "{rule_box(each)}"; stop; }}\n'
        for each in numbers(rules)
    )
    path.write_text("".join(['require ["fileinto", "mailbox"];\n', *tests, f'fileinto :create "{REST}";\n']))
    path.chmod(0o644)
    limits = ["-o", "plugin/sieve_max_script_size=0", "-o", "plugin/sieve_max_actions=0"]
    subprocess.run(["sievec", *limits, path], check=True)
    path.with_suffix(".svbin").chmod(0o644)
