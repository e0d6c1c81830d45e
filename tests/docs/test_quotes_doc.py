"""docs/quotes.md shows what the code does: every worked example is run through the real model, row by row."""

import re
from pathlib import Path

import pytest

from schemas.records import CleanArticle, Quote, RawArticle
from transforms.annotate import annotate
from transforms.nlp import LanguageModel, load
from transforms.quotes.confidence import CALIBRATED

PAGE = Path(__file__).parents[2] / "docs" / "quotes.md"
EXAMPLE = re.compile(
    r"^### (?P<name>[^\n]+)\n.*?^```text\n(?P<text>.*?)\n```\n\n(?P<table>(?:\|[^\n]*\n)+)", re.M | re.S
)
COLUMNS = ("type", "text", "speaker", "speaker_name", "speaker_kind", "cue", "also")


def examples() -> list[tuple[str, str, str]]:
    found = [(m["name"], m["text"], m["table"]) for m in EXAMPLE.finditer(PAGE.read_text(encoding="utf-8"))]
    assert len(found) >= 30, "the page has lost examples, or its form has changed"
    return found


def as_table(quotes: tuple[Quote, ...]) -> str:
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    for quote in quotes:
        also = [f"flag: {quote.flag}"] if quote.flag else []
        also += [f"to: {quote.addressee}"] if quote.addressee else []
        also += ["hedged"] if quote.hedged else []
        also += [f"pieces: {len(quote.pieces)}"] if len(quote.pieces) > 1 else []
        also += ["duplicate"] if quote.duplicate_of else []
        also += [f"reason: {quote.speaker_reason}"] if quote.speaker_reason and not quote.flag else []
        cells = [
            quote.type,
            quote.text,
            quote.speaker,
            quote.speaker_name,
            quote.speaker_kind,
            quote.cue,
            ", ".join(also),
        ]
        lines.append(
            f"| {' | '.join(' '.join((cell or '').split()) for cell in cells)} |".replace("|  |", "| |").replace(
                "|  |", "| |"
            )
        )
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return load()


def quotes_of(text: str, model: LanguageModel) -> tuple[Quote, ...]:
    raw = RawArticle("a", "file:///a.txt", 1, 0, 0, text, "0")
    return annotate(CleanArticle(raw, text), model).quotes


@pytest.mark.parametrize(("name", "text", "table"), examples(), ids=[name for name, _, _ in examples()])
def test_example(name: str, text: str, table: str, model: LanguageModel) -> None:
    assert as_table(quotes_of(text, model)) == table, name


def test_every_calibrated_share_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([a-z ]+) \| (0\.\d\d) \|", page, re.M))
    assert {name: float(share) for name, share in rows.items()} == CALIBRATED
