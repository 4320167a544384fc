"""`fetchrun retry` at the command line."""

from pathlib import Path

from click.testing import CliRunner

from fetchrun.cli import main
from fetchrun.delivery.letter import Letter
from fetchrun.memory.ledger import Ledger

RULES = 'account "box" < server "pop.ex.com"; user "u"; password env "P"; >\nsort * -> a@ex.com;\n'


def test_it_counts_what_is_tried_again(tmp_path: Path) -> None:
    rules, state = tmp_path / "mail.sort", tmp_path / "state"
    rules.write_text(RULES)
    state.mkdir()
    ledger = Ledger(state)
    ledger.refuse(Letter(ledger.account("pop.ex.com", "u", "box"), b"1", 1, 100), 1.0)
    ledger.close()
    said = CliRunner().invoke(main, ["retry", str(rules), "--state", str(state)])
    assert (said.exit_code, said.output) == (0, "box: 1 message to be tried again\n")
    assert "0 messages" in CliRunner().invoke(main, ["retry", str(rules), "--state", str(state)]).output
    assert CliRunner().invoke(main, ["retry", str(rules), "--account", "nobody", "--state", str(state)]).exit_code == 2
