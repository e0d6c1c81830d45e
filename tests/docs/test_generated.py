"""Tables in the docs that repeat a declaration of the code are written from it: `make docs` renews them."""

import dataclasses
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.failures import NEXT_STEP
from schemas.limits import DEFAULT, Limits
from transforms.parsing.json_articles import NAMES
from transforms.parsing.settings import FIELDS

REGION = re.compile(r"(?P<begin><!-- generated: (?P<name>\w+) -->\n)(?P<body>.*?)(?P<end><!-- end -->)", re.S)


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(line)} |\n" for line in (heads, ("---",) * len(heads), *rows))


def fields() -> str:
    assert list(NAMES) == list(FIELDS)
    return table(("field", "names"), [(name, ", ".join(f"`{key}`" for key in keys)) for name, keys in NAMES.items()])


def failures() -> str:
    return table(
        ("reason", "what it means and what to do"), [(f"`{reason}`", text) for reason, text in NEXT_STEP.items()]
    )


def limits() -> str:
    def shown(value: float) -> str:
        return (
            f"{value // 2**20} MiB" if isinstance(value, int) and value >= 2**20 and not value % 2**20 else f"{value:,}"
        )

    told = dict(re.findall(r"^    (\w+): (.+)$", Limits.__doc__ or "", re.M))
    assert list(told) == [field.name for field in dataclasses.fields(Limits)], "each limit says what happens beyond it"
    return table(
        ("limit", "default", "what it bounds"),
        [(f"`{name}`", shown(value), told[name]) for name, value in dataclasses.asdict(DEFAULT).items()],
    )


GENERATORS: dict[str, Callable[[], str]] = {"fields": fields, "failures": failures, "limits": limits}


@pytest.mark.parametrize("page", ["docs/run.md"])
def test_a_generated_table_says_what_the_code_says(page: str, repository: Path) -> None:
    text = (repository / page).read_text()
    renewed = REGION.sub(lambda region: region["begin"] + GENERATORS[region["name"]]() + region["end"], text)
    if os.environ.get("WIRECOPY_RENEW_DOCS"):
        (repository / page).write_text(renewed)
    else:
        assert renewed == text, f"{page} differs from the code; run `make docs` and read the diff"
