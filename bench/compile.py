"""Compiling: rules to a table, beside Postfix's maps and Dovecot's Sieve compiler, which check nothing."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from choice import Choice, choice
from harness import Contender, Work, Wrong, measured, packaged, program, save

SIZES = (10, 1_000, 10_000, 100_000, 1_000_000)
ACCOUNT = 'account "x" < server "pop.example.com"; user "x"; password env "X"; >\nsort * -> admin@example.com;\n'
MAPS = ("lmdb", "cdb", "btree", "hash")

Line = Callable[[int], str]


def exact(number: int) -> tuple[str, str]:
    """Address and deliver-to address of a rule."""
    return f"person{number}@company{number % 5000}.example", f"user{number}@company{number % 977}.example"


def mixed(number: int) -> tuple[str, str]:
    """Of ten rules one has a `*`."""
    address, target = exact(number)
    kinds = {0: f"*@dept{number}.example", 10: f"team{number}-*@company{number % 5000}.example"}
    return kinds.get(number % 20, address), target


def main(chosen: Choice) -> None:
    """Prints all, and keeps it."""
    sizes, sieve = chosen.sizes(SIZES), max(100, int(10_000 * chosen.scale))
    works = [
        *(_table(each, chosen) for each in sizes),
        *(_check(each, chosen) for each in sizes),
        _sieve(sieve, chosen),
    ]
    save("compile", works, packaged("postfix", "postfix-lmdb", "postfix-cdb", "dovecot-sieve"), chosen.scale)


def _rounds(size: int, chosen: Choice) -> int:
    return min(chosen.rounds, 2) if size == SIZES[-1] else chosen.rounds


def _table(size: int, chosen: Choice) -> Work:
    """Exact rules to a table on disk."""
    contenders = (_built(size, exact), *(_mapped(size, kind) for kind in MAPS))
    return measured(f"a table of {size:,} exact rules", "rules", contenders, _rounds(size, chosen), at=size)


def _check(size: int, chosen: Choice) -> Work:
    """What is said about a file, without a table of it."""
    contenders = (_checked(size, "exact", exact), _checked(size, "one in ten with `*`", mixed))
    return measured(f"check of {size:,} rules", "rules", contenders, _rounds(size, chosen), at=size)


def _sieve(size: int, chosen: Choice) -> Work:
    """A script that tells as many addresses apart; no more than once, for it takes its time."""
    contenders = (
        _built(size, exact),
        Contender("sievec", lambda folder: _script(folder, size), _sized(size, "x.svbin"), 1),
    )
    return measured(f"beside Sieve, {size:,} rules", "rules", contenders, chosen.rounds)


def _built(size: int, rule: Callable[[int], tuple[str, str]]) -> Contender:
    def prepare(folder: Path) -> Sequence[Sequence[str]]:
        _rules(folder, size, rule)
        return [[program("sortlang"), "build", "x.sort", "-o", "x.table"]]

    return Contender("sortlang build", prepare, _asked(size, rule))


def _checked(size: int, name: str, rule: Callable[[int], tuple[str, str]]) -> Contender:
    def prepare(folder: Path) -> Sequence[Sequence[str]]:
        _rules(folder, size, rule)
        return [[program("sortlang"), "check", "x.sort"]]

    def check(folder: Path, output: bytes) -> float:
        if b" error" in output:
            raise Wrong("errors in sound rules")
        return size

    return Contender(name, prepare, check)


def _mapped(size: int, kind: str) -> Contender:
    def prepare(folder: Path) -> Sequence[Sequence[str]]:
        _write(folder / "x", (f"{address} {target}\n" for address, target in map(exact, range(size))))
        return [["/usr/sbin/postmap", f"{kind}:x"]]

    return Contender(f"postmap {kind}", prepare, _queried(size, kind))


def _asked(size: int, rule: Callable[[int], tuple[str, str]]) -> Callable[[Path, bytes], float]:
    """Some of the answers that the table gives are compared."""

    def check(folder: Path, output: bytes) -> float:
        from sortlang.address import Address
        from sortlang.files import load

        table, _ = load(folder / "x.table")
        if not table:
            raise Wrong("no table")
        for address, target in map(rule, range(0, size, max(1, size // 100))):
            (found,) = table.route(Address.parse(address)).destinations
            if str(found.address) != target:
                raise Wrong(f"{address} goes to {found.address}")
        return size

    return check


def _queried(size: int, kind: str) -> Callable[[Path, bytes], float]:
    import subprocess

    def check(folder: Path, output: bytes) -> float:
        for address, target in map(exact, range(0, size, max(1, size // 10))):
            command = ["/usr/sbin/postmap", "-q", address, f"{kind}:{folder / 'x'}"]
            found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
            if found != target:
                raise Wrong(f"{address} goes to {found}")
        return size

    return check


def _script(folder: Path, size: int) -> Sequence[Sequence[str]]:
    tests = (
        f'if envelope :is "to" "{address}" {{ redirect "{target}"; stop; }}\n'
        for address, target in map(exact, range(size))
    )
    _write(folder / "x.sieve", ('require ["envelope"];\n', *tests))
    return [["sievec", "-o", "sieve_max_script_size=0", "-o", "sieve_max_actions=0", "x.sieve", "x.svbin"]]


def _sized(size: int, name: str) -> Callable[[Path, bytes], float]:
    def check(folder: Path, output: bytes) -> float:
        if not (folder / name).exists():
            raise Wrong("nothing was compiled")
        return size

    return check


def _rules(folder: Path, size: int, rule: Callable[[int], tuple[str, str]]) -> None:
    _write(folder / "x.sort", (ACCOUNT, *(f'sort "{left}" -> "{right}";\n' for left, right in map(rule, range(size)))))


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(lines))


if __name__ == "__main__":
    main(choice(__doc__, ("compile",)))
