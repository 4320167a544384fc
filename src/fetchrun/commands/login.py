"""`fetchrun login`: let a person allow it, in a browser elsewhere."""

import sys
from pathlib import Path

import click

from fetchrun.commands.common import OWED, program_of, told
from fetchrun.server.device import ENDPOINTS, awaited, begun
from fetchrun.server.oauth import keep
from fetchrun.trouble import Trouble
from sortlang.rules import Account, OAuth


@click.command()
@click.argument("name", metavar="ACCOUNT")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--device-endpoint", metavar="URL", help="Where codes are had, for a provider of your own.")
def command(name: str, file: Path, device_endpoint: str | None) -> None:
    """Get a refresh token for an ACCOUNT with `oauth`: shows a code, waits until it was typed, keeps the token.

    \b
    Exit status: 0 the token is kept, 1 there is none, 78 the rules file has errors.
    """
    account = next((each for each in program_of(file).accounts if each.name == name), None)
    if account is None:
        raise click.BadParameter(f'there is no account "{name}"', param_hint="ACCOUNT")
    if account.oauth is None:
        raise click.BadParameter(f'the account "{name}" has no `oauth` setting', param_hint="ACCOUNT")
    endpoint = device_endpoint or ENDPOINTS.get(account.oauth.provider)
    if endpoint is None:
        raise click.UsageError("for a provider of your own say where codes are had: --device-endpoint https://…")
    sys.exit(_done(account, account.oauth, endpoint))


def _done(account: Account, oauth: OAuth, endpoint: str) -> int:
    try:
        code = begun(oauth, endpoint)
        click.echo(f"open {code.where} in a browser, log in as {account.user}, and type the code: {code.typed}")
        click.echo(f"waiting for it, {code.seconds / 60:.0f} minutes at most …", err=True)
        grant = awaited(oauth, code)
        assert grant.refresh is not None
        keep(grant.refresh, Path(oauth.refresh_token).expanduser())
    except Trouble as trouble:
        click.echo(told(trouble, account), err=True)
        return OWED
    click.echo(f"the refresh token is kept in {oauth.refresh_token}, which nobody else can read")
    return 0
