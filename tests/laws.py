"""The laws of the house, as functions from the sources to the places that break them."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

Modules = dict[str, ast.Module]
"""Dotted name → parsed text. A package goes by its own name: its text is that of its `__init__.py`."""

# Row by row from the bottom; a name with a dot at its end is everything in that package.
ROWS = {
    "sortlang": {
        "noun": (
            *(
                "frozen",
                "source",
                "diagnostic",
                "address",
                "globs.",
                "memo",
                "pattern",
                "rules",
                "runs.",
                "locality",
                "table",
            ),
            *("table", "digest", "program"),
            *("explanation", "gap", "syntax.tree", "mail.", "analysis."),
            *("expectations.verdict", "mutants.mutant", "diffs.difference", "graphs.chart"),
            *("importers.draft", "importers.importer"),
        ),
        "part": (
            *("mistake", "suggest", "values.", "reading", "reader", "readers.", "settings"),
            *("statement", "statements.", "allowance", "removal", "lint", "lints."),
            *("syntax.", "expectations.", "mutants.", "reports.", "prove", "proofs.", "diffs.", "merging."),
            *("layout", "graphs.", "stored.", "importers."),
        ),
        "verb": (
            *("syntax.parse", "include", "sift", "resolve", "check", "build", "suppress", "explain", "report"),
            *(
                "meaning",
                "format",
                "graph",
                "import_",
                "test",
                "coverage",
                "diff",
                "diffs.moved",
                "merge",
                "store",
                "lookup",
            ),
        ),
        "order": ("compile", "amend", "mutate", "mend"),
        "door": ("version", "files", "doors.", "commandline", "commands.", "cli"),
    },
    "fetchrun": {
        "noun": (
            *(
                "trouble",
                "condition",
                "ages",
                "inspection",
                "proposal",
                "alert",
                "printable",
                "listing",
                "progress",
                "summary",
                "schedule",
                "agenda",
                "pop3.",
                "smtp.",
            ),
            *(
                "delivery.copies",
                "delivery.identity",
                "delivery.letter",
                "delivery.outcome",
                "delivery.path",
                "delivery.places",
                "delivery.provenance",
                "delivery.stamp",
            ),
            *("memory.records", "server.window"),
        ),
        "part": (
            *("office", "watch", "notify", "privilege", "confine", "trust", "server.", "memory."),
            *(
                "delivery.folder",
                "delivery.durable",
                "delivery.target",
                "delivery.targets.",
                "delivery.holdings",
                "delivery.publish",
                "delivery.staging",
            ),
            *("delivery.verdict", "delivery.load", "delivery.channel", "delivery.relay", "delivery.receiver"),
            *("delivery.login", "delivery.dispatch", "delivery.handover"),
            *("delivery.lot", "delivery.spread", "delivery.promise"),
        ),
        "verb": (
            *("server.maildrop", "plan"),
            *("delivery.deliver", "delivery.recover", "delivery.consign", "delivery.trash", "delivery.quarantine"),
        ),
        "order": (
            "batches",
            "conclude",
            "survey",
            "alarm",
            "sample",
            "quiet",
            "decide",
            *("precedents", "rebuild", "retention", "retrieve"),
            "session",
            "entrance",
            "foresee",
            "probe",
            "release",
            "once",
            "rulebook",
            "daemon",
        ),
        "door": ("demo.", "web.", "commands.", "cli"),
    },
}
ORDER = ("noun", "part", "verb", "order", "door")

# Inside these rows modules may import each other, as long as no circle comes of it. Verbs may not.
SIDEWAYS = {"noun", "part", "order", "door"}

FETCHRUN_MAY_IMPORT = {
    *(
        "frozen",
        "program",
        "rules",
        "address",
        "diagnostic",
        "files",
        "doors.traced",
        "report",
        "commandline",
        "prove",
        "analysis.change",
    ),
    *("mail.message", "mail.sources", "mail.envelope", "mail.routing", "mail.received", "mail.addresslist"),
}
WORLD = {
    "os",
    "pathlib",
    "io",
    "time",
    "datetime",
    "random",
    "logging",
    "socket",
    "ssl",
    "asyncio",
    "subprocess",
    "shutil",
    "tempfile",
    "threading",
}
WORLDLY_ROOMS = {"sortlang.syntax.grammar", "sortlang.files", "sortlang.cli"}
WORLDLY_FOLDERS = ("sortlang.doors", "sortlang.commands")
SANS_IO = ("fetchrun.pop3", "fetchrun.smtp", "fetchrun.server.mechanism", "fetchrun.server.mechanisms")
NO_SPAN_IN_EQUALITY = {"sortlang.rules", "sortlang.syntax.tree", "sortlang.program"}

MAX_CAPTION, MAX_FUNCTION, MAX_FILE = 72, 60, 400


def read(src: Path) -> Modules:
    """Every module below `src`."""
    return {_dotted(path.relative_to(src)): ast.parse(path.read_text()) for path in sorted(src.rglob("*.py"))}


def imports_run_down(modules: Modules) -> Iterator[str]:
    """1. Imports run down the rows; a verb never imports a verb; no circles."""
    for name, imported in _edges(modules):
        here, there = row(name), row(imported)
        if here is None:
            yield f"{name} stands in no row"
        elif there and name.split(".")[0] == imported.split(".")[0] and not _may(here, there):
            yield f"{name} ({here}) imports {imported} ({there})"
    yield from _circles(modules)


def fetchrun_uses_the_front_of_sortlang(modules: Modules) -> Iterator[str]:
    """1b. fetchrun imports the front of sortlang; sortlang never imports fetchrun."""
    for name, imported in _edges(modules):
        package, _, module = imported.partition(".")
        if name.startswith("fetchrun") and package == "sortlang" and module not in FETCHRUN_MAY_IMPORT:
            yield f"{name} imports {imported}"
        if name.startswith("sortlang") and package == "fetchrun":
            yield f"{name} imports {imported}"


def the_core_is_pure(modules: Modules) -> Iterator[str]:
    """2. The core of sortlang touches no file, clock, environment, log or network."""
    for name, tree in modules.items():
        if (
            not name.startswith("sortlang")
            or name in WORLDLY_ROOMS
            or name.startswith(("sortlang.commands", "sortlang.doors"))
        ):
            continue
        yield from (f"{name} imports {each}" for each in _imported(tree) if each.split(".")[0] in WORLD)
        yield from (f"{name} calls open" for node in _nodes(tree) if _calls(node, "open"))


def lark_stays_in_syntax(modules: Modules) -> Iterator[str]:
    """3. Only syntax/ imports lark."""
    for name, tree in modules.items():
        if not name.startswith("sortlang.syntax") and any(each.split(".")[0] == "lark" for each in _imported(tree)):
            yield f"{name} imports lark"


def protocol_cores_own_no_socket(modules: Modules) -> Iterator[str]:
    """3b. pop3/, smtp/ and mechanisms/ import no socket, ssl or asyncio, and of sortlang `frozen` alone."""
    for name, tree in modules.items():
        if name.startswith(SANS_IO):
            yield from (
                f"{name} imports {each}"
                for each in _imported(tree)
                if each.split(".")[0] in WORLD | {"sortlang"} and not each.startswith("sortlang.frozen")
            )


def imports_name_the_defining_module(modules: Modules) -> Iterator[str]:
    """4. Imports name the defining module; an `__init__.py` holds no logic."""
    packages = {name for name in modules if any(other.startswith(name + ".") for other in modules)}
    for name, tree in modules.items():
        for node in _nodes(tree):
            if isinstance(node, ast.ImportFrom) and (
                node.level or (node.module in packages and not _submodules(node, modules))
            ):
                yield f"{name}:{node.lineno} imports from {'.' * node.level}{node.module or ''}"
        if name in packages and any(
            not isinstance(node, ast.Expr | ast.Import | ast.ImportFrom | ast.Assign) for node in tree.body
        ):
            yield f"{name}/__init__.py holds logic"


def spans_take_no_part_in_equality(modules: Modules) -> Iterator[str]:
    """6. Spans never take part in `==`."""
    for name in NO_SPAN_IN_EQUALITY & modules.keys():
        for node in _nodes(modules[name]):
            if (
                isinstance(node, ast.AnnAssign)
                and "Span" in ast.unparse(node.annotation)
                and not _out_of_equality(node)
            ):
                yield f"{name}:{node.lineno} compares {ast.unparse(node.target)}"


def every_module_has_a_caption(modules: Modules) -> Iterator[str]:
    """7. The first line of a module's docstring is its caption, at most 72 characters."""
    for name, tree in modules.items():
        caption = (ast.get_docstring(tree) or "").split("\n")[0]
        if not 0 < len(caption) <= MAX_CAPTION:
            yield f"{name} has a caption of {len(caption)} characters"


def public_functions_say_what_they_do(modules: Modules) -> Iterator[str]:
    """7b. Public functions and classes have a docstring."""
    for name, tree in modules.items():
        for node in tree.body:
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                yield f"{name}:{node.lineno} {node.name} has no docstring"


def nothing_is_long(modules: Modules) -> Iterator[str]:
    """8. No function over 60 lines, no file over 400."""
    for name, tree in modules.items():
        if tree.body and (tree.body[-1].end_lineno or 0) > MAX_FILE:
            yield f"{name} has {tree.body[-1].end_lineno} lines"
        for node in _nodes(tree):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION
            ):
                yield f"{name}:{node.lineno} {node.name} has {(node.end_lineno or 0) - node.lineno + 1} lines"


LAWS = (
    imports_run_down,
    fetchrun_uses_the_front_of_sortlang,
    the_core_is_pure,
    lark_stays_in_syntax,
    protocol_cores_own_no_socket,
    imports_name_the_defining_module,
    spans_take_no_part_in_equality,
    every_module_has_a_caption,
    public_functions_say_what_they_do,
    nothing_is_long,
)


def row(name: str) -> str | None:
    """The row a module stands in; packages themselves stand at the bottom. The most exact entry counts."""
    package, _, module = name.partition(".")
    rows = ROWS.get(package, {})
    exact = next((kind for kind, names in rows.items() if module in names), None)
    folder = next(
        (
            kind
            for kind, names in rows.items()
            for each in names
            if each.endswith(".") and (module + ".").startswith(each)
        ),
        None,
    )
    return (
        exact
        or folder
        or (
            "noun"
            if not module or any(each.startswith(module + ".") for names in rows.values() for each in names)
            else None
        )
    )


def _may(here: str, there: str) -> bool:
    return ORDER.index(there) < ORDER.index(here) or (here == there and here in SIDEWAYS)


def _circles(modules: Modules) -> Iterator[str]:
    graph: dict[str, set[str]] = {}
    for name, imported in _edges(modules):
        graph.setdefault(name, set()).add(imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        yield f"a circle: {' -> '.join(circle.args[1])}"


def _edges(modules: Modules) -> Iterator[tuple[str, str]]:
    """(module, imported module of ours), each once; lazily imported ones too."""
    for name, tree in modules.items():
        yield from ((name, each) for each in dict.fromkeys(_imported(tree)) if each in modules and each != name)


@cache
def _nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Each law asks for them, and for each breach again."""
    return tuple(ast.walk(tree))


@cache
def _imported(tree: ast.Module) -> tuple[str, ...]:
    return tuple(_imports(tree))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in _nodes(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _submodules(node: ast.ImportFrom, modules: Modules) -> bool:
    return all(f"{node.module}.{each.name}" in modules for each in node.names)


def _out_of_equality(node: ast.AnnAssign) -> bool:
    return node.value is not None and (
        "compare=False" in ast.unparse(node.value) or ast.unparse(node.value) == "_place()"
    )


def _calls(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")
