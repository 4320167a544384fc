"""How long `check` takes with all its lints, for mixed rules; prints seconds of one processor, lint by lint."""

import random
import sys
from collections.abc import Iterator
from time import process_time

from sortlang.build import build
from sortlang.check import LINTS
from sortlang.compile import compile
from sortlang.resolve import resolve
from sortlang.source import Source
from sortlang.syntax.parse import parse

ACCOUNT = (
    'account "office" < server "pop.example.com"; user "office"; password env "P"; >\nsort * -> all@company0.example;\n'
)


def rules(count: int, seed: int = 1) -> Iterator[str]:
    """Lines of a company's kind: 8 in 10 name an address, the others a domain, a role, a prefix, a suffix, copies."""
    draw = random.Random(seed)
    for number in range(count):
        domain = f"company{draw.randrange(max(1, count // 50))}.example"
        target = f"user{draw.randrange(count)}@{domain}"
        left = draw.choices(
            (f"person{number}@{domain}", f'"*@sub{number}.{domain}"', f'"role{number}@*"', f'"team{number}-*@{domain}"',
             f'"*-list{number}@{domain}"', f'"*.{number}.*@*.{domain}"'),
            (80, 5, 3, 6, 4, 2),
        )[0]  # fmt: skip
        yield f"{draw.choice(('sort',) * 9 + ('copy',))} {left} -> {target};\n"


def main(count: int) -> None:
    """Prints a line for each step, and the whole."""
    source = Source("bench.sort", ACCOUNT + "".join(rules(count)))
    start = process_time()
    tree, _ = parse(source)
    parsed = process_time()
    program = build(resolve((tree,), lambda pattern, source: ())[0])
    built = process_time()
    print(f"{count} rules\nparse {parsed - start:.2f} s\nresolve, build {built - parsed:.2f} s")
    for lint in LINTS:
        begun = process_time()
        found = len(list(lint.find(program)))
        print(f"{lint.name} {process_time() - begun:.2f} s, {found} findings")
    begun = process_time()
    compile(source, lambda pattern, source: ())
    print(f"check, all of it {process_time() - begun:.2f} s (to be below 3 s for 10,000 rules)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
