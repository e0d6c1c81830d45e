"""The page of rules says what the rules say, and every rule that code applies stands on it."""

import re
from pathlib import Path

import transforms.cleaning
from transforms.cleaning.catalog import IN_CODE, markdown
from transforms.cleaning.rules import built_in, load_rules

PACKAGE = Path(transforms.cleaning.__file__).parent
PAGE = Path(__file__).parents[3] / "docs" / "cleaning.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), (
        "run: python -m transforms.cleaning.catalog > docs/cleaning.md"
    )


def test_every_name_stands_on_the_page_once() -> None:
    names = [rule.name for rule in built_in()] + [name for name, *_ in IN_CODE]
    assert len(set(names)) == len(names)
    assert all(markdown().count(f"* `{name}` (") == 1 for name in names)


def test_rules_in_code_are_where_the_page_says() -> None:
    for name, _, file, _ in IN_CODE:
        source = "".join(path.read_text(encoding="utf-8") for path in (PACKAGE / file, PACKAGE / "residue.py"))
        assert re.search(rf"\b{name}\b", source), name


def test_the_page_shows_a_rules_file_that_loads() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", markdown(), re.DOTALL)
    assert load_rules(example, "page")[0].name == "gazette_club"
