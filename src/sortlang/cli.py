"""The command line of `sortlang`."""

from sortlang.commandline import program

main = program(
    "sortlang",
    "sortlang.commands",
    {
        "build": "Write the program as a table on disk.",
        "check": "Say what is wrong with rules files.",
        "diff": "Say whose mail goes elsewhere.",
        "explain": "Say where mail for an address goes, and why.",
        "format": "Lay out rules files in the house style.",
        "graph": "Draw accounts, rules and destinations.",
        "import": "Make a rules file of another program's configuration.",
        "merge": "Merge two changes of one file by what they say.",
        "prove": "Prove what holds for all addresses.",
        "route": "Say for each of many addresses where its mail goes.",
        "rule": "Say what a finding of `check` means.",
        "test": "Try what rules files expect of their rules.",
    },
    "A small language for POP3 accounts and mail sorting rules.",
)
