"""Every built-in rule removes its example and nothing that looks alike; a rules file that can't work is refused."""

import time
from collections.abc import Callable

import pytest

from schemas.records import KINDS, RawArticle
from transforms.cleaning import Policy, Rule, RuleError, clean, load_rules
from transforms.cleaning.matching import matcher
from transforms.cleaning.rules import built_in, compile_pattern, is_wide
from transforms.cleaning.units import read_page

BODY = "\n\n".join(f"The ferry number {n} left the harbour on time and nobody was late for it." for n in range(12))


def article(text: str, **fields: object) -> RawArticle:
    return RawArticle("a", "memory:a", 1, 0, 0, text, "", **fields)  # type: ignore[arg-type]


def marked(example: str) -> tuple[str, list[str]]:
    """An example's text, and the parts between its brackets."""
    parts = example.replace("⟧", "⟦").split("⟦")
    return "".join(parts), [part.strip() for part in parts[1::2]] or [example]


@pytest.mark.parametrize("index", range(len(built_in())), ids=[rule.name for rule in built_in()])
def test_a_rule_removes_what_its_example_marks(index: int) -> None:
    rules = matcher(())
    text, expected = marked(rules.rules[index].example)
    (unit,) = read_page(text).units
    assert index in rules.hits(unit)
    assert [text[removal.start : removal.end] for removal in rules.removals(index, unit)] == expected


@pytest.mark.parametrize("rule", [rule for rule in built_in() if "⟦" in rule.example], ids=lambda rule: rule.name)
def test_an_example_leaves_the_article_in_its_place(rule: Rule) -> None:
    text, expected = marked(rule.example)
    text = f"{text}\n\n{BODY}" if rule.place == "head" else f"{BODY}\n\n{text}"
    done = clean(article(text))
    left = " ".join(done.text.split())
    assert all(part not in left for part in expected)
    assert BODY.split("\n\n")[5] in done.text


@pytest.mark.parametrize(
    "text",
    [keep for rule in built_in() for keep in rule.keeps],
    ids=lambda text: "".join(filter(str.isalnum, text))[:30],
)
def test_what_looks_alike_stays(text: str) -> None:
    for raw in (f"{text}\n\n{BODY}", f"{BODY}\n\n{text}", f"{BODY}\n\n{text}\n\n{BODY}"):
        assert clean(article(raw)).text == raw


def test_rules_are_told_apart_by_name_and_say_why() -> None:
    rules = built_in()
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.kind in KINDS and rule.why.endswith(".") for rule in rules)
    assert {rule.kind for rule in rules} == set(KINDS) - {"hygiene", "tweet"}


def test_every_pattern_of_the_package_compiles_and_none_needs_utf8() -> None:
    for rule in built_in():
        for pattern in filter(None, (rule.pattern, rule.needs, rule.unless)):
            compile_pattern(pattern)
            assert not is_wide(pattern), rule.name


OWN = """
[parts]
paper = "the gazette"

[[rule]]
name = "gazette_club"
kind = "promo"
scope = "paragraph"
pattern = "(?i)join the club of {{paper}}.*"
example = "⟦Join the club of the Gazette!⟧"
why = "Our own call."
"""


def test_a_newsrooms_own_rule_removes_and_is_named() -> None:
    policy = Policy(rules=load_rules(OWN, "gazette.toml"))
    done = clean(article(f"{BODY}\n\nJoin the club of The Gazette now.\n\nThe sea was calm."), policy)
    assert done.text == f"{BODY}\n\nThe sea was calm."
    assert [(edit.kind, edit.rule) for edit in done.edits] == [("promo", "gazette_club")]


def test_an_own_rule_may_name_letters_beyond_latin() -> None:
    rules = load_rules(OWN.replace("(?i)join the club of {{paper}}.*", "Реклама(?: \\\\p{Cyrillic}+)?"), "gazette.toml")
    raw = f"{BODY}\n\nРеклама здесь\n\nРекорд здесь"
    assert clean(article(raw), Policy(rules=rules)).text == f"{BODY}\n\nРекорд здесь"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("(?i)join", "(?<=x)join"), "own.toml: line 9: pattern refused by RE2"),
        (("(?i)join", "(join"), "own.toml: line 9: pattern refused by RE2"),
        (("(?i)join", r"(a)\\1"), "own.toml: line 9: pattern refused by RE2"),
        (('"promo"', '"hygiene"'), "own.toml: line 7: kind must be one of"),
        (('"paragraph"', '"page"'), "own.toml: line 8: scope must be one of"),
        (('why = "Our own call."', ""), "own.toml: line 5: why is missing"),
        (('why = "Our own call."', "why = 3"), "own.toml: line 11: why must be a string"),
        (('why = "', 'max_chars = "9"\nwhy = "'), "own.toml: line 11: max_chars must be a whole number"),
        (('why = "', 'near = 1\nwhy = "'), "own.toml: line 11: near must be true or false"),
        (('why = "', 'colour = "red"\nwhy = "'), "own.toml: line 11: unknown key 'colour'"),
        (("(?i)join", "(?P<name>join)"), "own.toml: line 9: group 'name' means nothing here"),
        (('name = "gazette_club"', "name = "), "own.toml: "),
        (("[parts]", "[bits]"), "own.toml: line 2: unknown key 'bits'"),
        (('paper = "the gazette"', "paper = 4"), "own.toml: line 2: [parts] holds patterns by name"),
    ],
)
def test_a_rules_file_that_cant_be_used_is_refused_with_its_line(change: tuple[str, str], message: str) -> None:
    broken = OWN.replace(*change)
    assert broken != OWN
    with pytest.raises(RuleError) as error:
        load_rules(broken, "own.toml")
    assert str(error.value).startswith(message)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(RuleError, match=r"own\.toml: line 13: a second rule named 'gazette_club'"):
        load_rules(OWN + OWN[OWN.index("[[rule]]") :], "own.toml")


def test_an_own_rule_may_not_take_a_built_in_name() -> None:
    with pytest.raises(RuleError, match="'copyright_line' is a built-in rule's name"):
        load_rules(OWN.replace("gazette_club", "copyright_line"), "own.toml")


def test_bytes_that_are_no_utf8_are_refused() -> None:
    with pytest.raises(RuleError, match=r"own\.toml: not UTF-8 at byte 0"):
        load_rules(b"\xff\xfe", "own.toml")
    with pytest.raises(RuleError, match="holds no"):
        load_rules(b"", "own.toml")


def hostile(rule: Rule) -> list[str]:
    """Strings of a rule's own alphabet, to repeat: its example, its words, its signs, and an almost-match."""
    text = rule.example.replace("⟦", "").replace("⟧", "")
    return [text + " ", text[: len(text) // 2], "".join(mark for mark in text if not mark.isalnum())]


@pytest.mark.parametrize("scope", ["one line", "lines"])
def test_time_grows_with_length_and_no_faster(
    scope: str, growth: Callable[[Callable[[int], float], int, int], float]
) -> None:
    """Repeats of every rule's own alphabet, some kB of each: twice the text takes less than three times as long."""
    gap = "\n\n" if scope == "lines" else ""
    pieces = sorted({piece for rule in built_in() for piece in hostile(rule) if piece.strip()})

    def seconds(factor: int) -> float:
        started = time.process_time()
        for piece in pieces:
            clean(article((piece + gap) * (factor * 800 // (len(piece) + len(gap)) + 1)))
        return time.process_time() - started

    seconds(1)
    assert growth(seconds, 1, 4) < 3 * 3  # twice doubled
