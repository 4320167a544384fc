"""The command line of `fetchrun`."""

from sortlang.commandline import program

main = program(
    "fetchrun",
    "fetchrun.commands",
    {
        "once": "Fetch, sort and deliver: one session for each account.",
        "plan": "Say what `once` would do, and change nothing.",
        "status": "Say what is wrong, and what to do.",
        "log": "Show what became of messages.",
        "trash": "List discarded mail, and bring it back.",
        "demo": "Try it all on a mailbox made for the purpose.",
    },
    "Fetch mail over POP3, sort it by the rules in FILE, deliver it.",
)
