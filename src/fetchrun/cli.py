"""The command line of `fetchrun`."""

from sortlang.commandline import program

main = program(
    "fetchrun",
    "fetchrun.commands",
    {
        "once": "Fetch, sort and deliver: one session for each account.",
        "run": "The same for ever: each account in its time, the rules as they are now.",
        "plan": "Say what `once` would do, and change nothing.",
        "status": "Say what is wrong, and what to do.",
        "probe": "Log in step by step, and name the one that fails.",
        "login": "Get a token for an account, by a code typed in a browser elsewhere.",
        "log": "Show what became of messages.",
        "inspect": "Look at headers, and write the account block that fits the provider.",
        "trash": "List discarded mail, and bring it back.",
        "quarantine": "Look at mail that was refused; deliver it after all, or drop it.",
        "state": "Look after the ledger: check it, make it anew, write it out.",
        "retry": "Try again, at the next poll, what waits after failures.",
        "demo": "Try it all on a mailbox made for the purpose.",
    },
    "Fetch mail over POP3, sort it by the rules in FILE, deliver it.",
)
