"""Suspects: nothing that is needless goes unsuspected."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sortlang.analysis.needless import needless
from sortlang.analysis.view import View, own
from sortlang.compile import compile
from sortlang.prove import redundant
from sortlang.runs.sorts import bulk, written
from sortlang.source import Source

LEFTS = st.sampled_from(
    ["a@x.com", "b@x.com", "a@y.com", "a*@x.com", "*a@x.com", "*@x.com", "*@y.com", "a@*", "*@*.com", "*@*"]
)
RIGHTS = st.sampled_from(["a@x.com", "A@x.com", "b@x.com", "a@y.com", "*@x.com", "*@*", "x*@y.com", "a@x.*", "b@b.com"])
WORDS = st.sampled_from(["sort", "sort", "sort", "copy"])
LINES = st.builds("{} {} -> {};\n".format, WORDS, LEFTS, st.one_of(RIGHTS, RIGHTS, st.just("discard")))
INNER = st.builds('account "x" < server "p.ex"; user "x"; password env "X"; {}>\n'.format, LINES)
FILES = st.lists(st.one_of(LINES, LINES, LINES, INNER), max_size=9).map("".join)


@given(FILES)
@example("sort a@x.com -> b@x.com;\nsort *@x.com -> b@x.com;\ncopy a@y.com -> b@x.com;\nsort a@y.com -> a@y.com;\n")
@example("sort *@x.com -> b@x.com;\nsort a*@x.com -> b@x.com;\n")
@settings(max_examples=400, deadline=None)
def test_rules_that_are_not_suspected_are_needed(text: str) -> None:
    program, _ = compile(Source("x.sort", text), lambda pattern, beside: ())
    if program:
        views = [View.of(program, each) for each in (None, *sorted(own(program)))]
        rules = (*written(program.rules.sorts), *program.rules.copies, *bulk(program.rules.sorts))
        wanted = [found.rule for each in rules if (found := needless([each], views))]
        assert [each.rule for each in redundant(program)] == wanted
