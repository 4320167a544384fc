"""One target under libFuzzer: `python -m fuzz.run TARGET [-libfuzzer=options] FOLDER…`."""

import importlib
import sys

import atheris

TARGETS = ("pop3", "smtp", "headers", "addresses", "rules", "paths", "recovery", "tables")

if __name__ == "__main__":
    with atheris.instrument_imports(include=["fetchrun", "sortlang", "fuzz"]):
        target = importlib.import_module(f"fuzz.targets.{sys.argv.pop(1)}")
    atheris.Setup(sys.argv, target.check)
    atheris.Fuzz()
