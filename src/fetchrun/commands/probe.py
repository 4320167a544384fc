"""`fetchrun probe`: log in step by step, and name the one that fails."""

import asyncio
import ssl
import sys
from pathlib import Path

import click

from fetchrun.commands.common import OWED, program_of, with_rules
from fetchrun.probe import Finding, probed
from fetchrun.server.tls import fingerprint
from sortlang.rules import Account


@click.command()
@with_rules
@click.option("--account", "only", multiple=True, metavar="NAME", help="Only this account; may be given several times.")
@click.option(
    "--certificate", type=click.Path(dir_okay=False, path_type=Path), help="Write the server's certificate there (PEM)."
)
def command(file: Path, only: tuple[str, ...], certificate: Path | None) -> None:
    """Log in to each account of FILE step by step: DNS, TCP, greeting, STLS, TLS, login. Reads no mail.

    \b
    Exit status: 0 every login works, 1 one does not, 78 the rules file has errors.
    """
    accounts = [each for each in program_of(file).accounts if not only or each.name in only]
    missing = set(only) - {each.name for each in accounts}
    if missing:
        raise click.BadParameter(f'there is no account "{min(missing)}"', param_hint="--account")
    good = [asyncio.run(_shown(each, certificate)) for each in accounts]
    sys.exit(0 if all(good) else OWED)


async def _shown(account: Account, certificate: Path | None) -> bool:
    """Prints what each step comes to; whether all are well."""
    seen, good = b"", True
    click.echo(f"{account.name}: {account.user} at {account.server}:{account.port}, tls {account.tls.mode}")
    async for finding in probed(account):
        seen, good = finding.certificate or seen, finding.trouble is None
        click.echo(f"  {'ok  ' if good else 'FAIL'}  {finding.step:<8}  {finding.sentence}")
        if not good:
            _advised(finding, account)
    if seen:
        click.echo(f'  the server\'s certificate: tls pin "sha256:{fingerprint(seen)}";')
        if certificate is not None:
            certificate.write_text(ssl.DER_cert_to_PEM_cert(seen))
    return good


def _advised(finding: Finding, account: Account) -> None:
    """The line of the file to look at, the advice, and what to write there."""
    assert finding.trouble is not None
    click.echo(f"        look at:  {account.place(*finding.trouble.settings).place}")
    if finding.trouble.hint:
        click.echo(f"        hint:     {finding.trouble.hint}")
    if finding.line:
        click.echo(f"        write:    {finding.line}")
