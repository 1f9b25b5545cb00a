"""What the loader finds wrong, and what it lets pass."""

from typing import Any

import pytest

Project = Any  # the class of the fixture, in conftest.py
HEAD = "journey: a\nsummary: b\n"
FIRST = "  - {id: first, echo: x, say: {n: 1, m: 2}, expect: {n: 1}, outputs: {num: n}}\n"


def steps(*lines: str) -> str:
    """A journey of the first step (line 4) and these (from line 5)."""
    return HEAD + "steps:\n" + FIRST + "".join(f"  - {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{id: s, echo: x, say: {n: 1}}", "checks nothing"),
        ("{id: s, echo: x, once: true, until: {n: 1}, within: 5s}", "`until` would carry out say again and again"),
        ("{id: s, echo: x, once: true, expect: {n: 1}, within: 5s}", "`within` would carry out say again and again"),
        ("{id: s, echo: x, until: {n: 1}}", "`until` has no deadline"),
        ("{id: s, echo: x, expect: {n: 1}, every: 1s}", "`every` without `within`"),
        ("{id: s, echo: x, expect: {}}", "`expect` is empty"),
        ("{id: s, echo: x, expect: {n: 1}, within: soon}", "`within` must be a duration, not the text 'soon'"),
        ("{id: s, echo: x, expect: {n: 1}, outputs: {a: [1]}}", "the output 'a' must be a path"),
        (
            "{id: s, echo: x, expect: {n: 1}, outputs: {a: }}",
            "the output 'a' must be a path of the evidence, not nothing",
        ),
        ("{id: s, echo: x, expct: {n: 1}, expect: {n: 1}}", "unknown key 'expct' | did you mean 'expect'?"),
        ("{id: s, name: one, two, echo: x, expect: {n: 1}}", "a comma ends a text: quote"),
        ("{id: first, echo: x, expect: {n: 1}}", "two steps are called 'first' | the first is in line 4"),
        ("{id: s, expect: {n: 1}}", "says not what it does"),
        ("{id: s, ecoh: x, expect: {n: 1}}", "no driver, check or structure is called 'ecoh' | did you mean 'echo'?"),
        ("{id: s, echo: x, memory: y, answers: [], expect: {n: 1}}", "one driver, and this has"),
        ("{id: s, echo: x, expect: {n: {contians: 1}}}", "unknown matcher 'contians' | did you mean 'contains'?"),
        ("{id: s, echo: x, expect: {n: {in: 5}}}", "`in` needs a list, not the number 5"),
        ("{id: s, echo: x, expect: {n: {matches: '['}}}", "the regular expression is broken"),
        ("{id: s, echo: x, expect: {n: {format: imie}}}", "there is no format 'imie' | did you mean 'imei'?"),
        ("{id: s, echo: x, expect: {n: {near: 5}}}", "`near` needs a distance"),
        ("{id: s, echo: x, expect: {$first.num: 1}}", "has the expression $first.num where a path belongs"),
        (
            "{id: s, echo: x, say: {n: $frist.num}, expect: {n: 1}}",
            "nothing is called 'frist' at this point | did you mean 'first'?",
        ),
        ("{id: s, echo: x, say: {n: $first.nun}, expect: {n: 1}}", "gives no 'nun' | did you mean 'num'?"),
        ("{id: s, echo: x, say: {n: $s.n}, expect: {n: 1}}", "the step 's' comes later"),
        ("{id: s, echo: x, say: {n: '{$first.num'}, expect: {n: 1}}", "is not an expression"),
        ("{id: s, echo: x, say: {n: No $first.num here}, expect: {n: 1}}", "stands in a text without braces"),
        ("{id: s, echo: x, say: {n: {$first.num}}, expect: {n: 1}}", "without quotes is a mapping to YAML"),
        ("{id: s, echo: x, say: {n: {cents: 1.5}}, expect: {n: 1}}", "needs a whole number"),
        (
            "{id: s, echo: x, say: {n: {time: now, pluss: 1d}}, expect: {n: 1}}",
            "unknown key 'pluss' in {time: ..} | did you mean 'plus'?",
        ),
        ("{id: s, echo: x, say: {n: {time: now, plus: soon}}, expect: {n: 1}}", "'soon' is not a duration"),
        ("{id: s, echo: x, say: {n: {file: none.json}}, expect: {n: 1}}", "there is no file journeys/none.json"),
        ("{id: s, echo: x, say: {n: {file: ../../x}}, expect: {n: 1}}", "outside the project"),
        ("{id: s, echo: x, say: {n: {call: none, with: 1}}, expect: {n: 1}}", "no function is called 'none'"),
        ("{id: s, echo: x, when: {confirm: 1}, expect: {n: 1}}", "is no expression, so the condition never changes"),
        ("{id: s, use: steps/none}", "there is no steps file steps/none.steps.yaml"),
        ("{parallel: [], within: 5s}", "`parallel` must be a list of steps"),
        ("{for_each: [1, 2]}", "`for_each` has no `steps`"),
        ("{for_each: 5, steps: [{id: s, echo: x, expect: {n: $each}}]}", "`for_each` must be a list or an expression"),
        ("{id: s, echo: x, say: {n: $each}, expect: {n: 1}}", "nothing is called 'each' at this point"),
        ("{clock: {advance: soon}}", "'soon' is not a duration"),
        ("{clock: {advence: 4h}}", "unknown key 'advence'"),
        ("{clock: {advance: 4h}, expect: {now: x}}", "`expect` has no evidence to look at beside `clock`"),
        (
            "{steps: [{echo: x, expect: {n: 1}}], outputs: {n: n}}",
            "`outputs` has no evidence to look at beside `steps`",
        ),
        ("5", "a step is a mapping, not the number 5"),
    ],
)
def test_problems_of_a_step(project: Project, line: str, what: str) -> None:
    """Each mistake in the fifth line is found there, with its mend."""
    found = project.problems(steps(line))

    assert {number for number, _ in found} == {5}
    assert any(what in text for _, text in found), found


def test_one_mistake_is_one_problem(project: Project) -> None:
    """A misspelt driver does not make its step's id unknown or its keys wrong."""
    found = project.problems(
        steps("{id: s, ecoh: x, say: {n: 1}, expect: {n: 1}}", "{id: t, echo: x, say: {n: $s.n}, expect: {n: 1}}")
    )

    assert len(found) == 1


@pytest.mark.parametrize(
    "line",
    [
        "{id: s, echo: x, say: {n: $first.num, m: $first.m}, expect: {n: {gt: 0, lt: 5}, 'a.*.b': add}}",
        "{id: s, echo: x, say: {n: 'US$ 5 and $$x'}, expect: {n: {equal: {unit: USD, value: 45.0}}}}",
        "{id: s, for_each: [1, 2], steps: [{id: t, echo: x, say: {n: $each}, expect: {n: 1}}]}",
        "{id: s, steps: [{id: t, echo: x, expect: {n: 1}}], when: {$first.num: {not: 5}}}",
        "{clock: {advance: 4h}}",
        "{steps: [{id: t, clock: {advance: 4h}}, {echo: x, say: {n: $t.now, m: $t.advanced_s}, expect: {n: 1}}]}",
        "{steps: [{id: s, for_each: [1], steps: [{id: t, echo: x, expect: {n: 1}}]}, {agree: {n: [$s.0.t.n, 1]}}]}",
        "{id: s, echo: x, expect: {n: 36.00 USD, m: {cents: 3600}, o: {by: $first.num, of: {1: a}}}}",
        "{id: s, echo: x, expect: {n: {any: {subset: {a: 1}}}}, within: 5s, every: 1s}",
    ],
)
def test_what_is_right_passes(project: Project, line: str) -> None:
    """No problem is seen where there is none."""
    assert project.problems(steps(line)) == []


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("summary: b\nsteps: [{id: a, echo: x, expect: {n: 1}}]\n", 1, "the journey has no 'journey'"),
        (HEAD, 1, "the journey has no 'steps'"),
        (HEAD + "steps: {a: b}\n", 3, "`steps` must be a list of steps, not a mapping"),
        (HEAD + "weight: 11\nsteps: []\n", 3, "`weight` must be a number from 0 to 1"),
        (HEAD + "gate: sometimes\nsteps: []\n", 3, "`gate` must be blocking, advisory or quarantined"),
        (HEAD + "gate: {quarantined: {ticket: X, ends: soon}}\nsteps: []\n", 3, "`ends` must be a date"),
        (
            HEAD + "inputs: {a: {leese: b}}\nsteps: []\n",
            3,
            "no kind of input is called 'leese' | did you mean 'lease'?",
        ),
        (HEAD + "inputs: {a: {lease: b, were: {c: 1}}}\nsteps: []\n", 3, "unknown key 'were' in {lease: ..}"),
        (HEAD + "inputs: {a: $inputs.b, b: 1}\nsteps: []\n", 3, "$inputs has no 'b'"),
        (HEAD + "partners: [{partner: x, recieves: y, where: {}, do: z}]\nsteps: []\n", 3, "did you mean 'receives'?"),
        (HEAD + "partners: [{partner: x, receives: y, where: {a: $ordr.id}, do: z}]\nsteps: []\n", 3, "called 'ordr'"),
        (HEAD + "matrix: {device: [A, B]}\nsteps: []\n", 3, "the axis 'device' is not used"),
        (HEAD + "matrix: {device: A}\nsteps: []\n", 3, "the axis 'device' needs a list"),
        (HEAD + "matrix: {device: [A], pick: some}\nsteps: []\n", 3, "`pick` must be all, pairwise"),
        (HEAD + "matrix: {device: [A, B], exclude: [{device: C}]}\nsteps: []\n", 3, "has no value 'C'"),
        (HEAD + "matrix: {device: [A, B], exclude: [{devise: A}]}\nsteps: []\n", 3, "did you mean 'device'?"),
        (HEAD + "matrix: {device: [A, a b, a_b]}\nsteps: []\n", 3, "two variants have the id 'a_b'"),
        ("- a\n- b\n", 1, "a journey file is a mapping"),
        (
            HEAD + "matrix: {d: [A, B]}\nsteps: [{id: a, echo: x, expect: {n: {by: $matrix.d, of: {A: 1}}}}]\n",
            4,
            "`of` has no value for 'B'",
        ),
        (
            HEAD + "matrix: {d: [slow, fast]}\nsteps:\n  - {id: a, echo: x, when: {$matrix.d: fsat}, expect: {n: 1}}\n",
            5,
            "$matrix.d is never 'fsat' | did you mean 'fast'?",
        ),
    ],
)
def test_problems_of_a_head(project: Project, text: str, line: int, what: str) -> None:
    """The keys above the steps are held to the schema, the matrix and the names."""
    found = project.problems(text)

    assert any(number == line and what in told for number, told in found), found
