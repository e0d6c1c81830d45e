"""Articles of about a thousand words for the soak: composed by us, or those of the evaluation corpus."""

import gzip
import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

WORDS = 1_000

PEOPLE = [
    f"{first} {last}"
    for last in ("Hale", "Okafor", "Brandt", "Lindqvist", "Marchetti", "Osei", "Tanaka", "Whitlock", "Vasquez", "Rowe")
    for first in ("Ann", "Tobias", "Miriam", "Kwame", "Ingrid", "Paolo", "Yuki", "Desmond", "Carla", "Edwin", "Ruth")
]
PLACES = ("Port Selwyn", "Harrow", "Northgate", "Valcourt", "Meridian", "Ashby Sound", "Tern Island", "Lower Quay")
BODIES = ("the Harbour Board", "Selwyn Council", "Harrow Dairy Co-op", "the Ferry Union", "Northgate University")
PARAGRAPHS = (
    "{who}, who has worked at {body} in {place} for {n} years, said on Monday that the plan would go ahead. “We have "
    "waited {n} months for this, and nobody here wants to wait for another winter,” {last} said.",
    "The repair of pier {n} began in March, after {body} had found cracks in {m} of its beams. Engineers from {place} "
    "closed the northern half, and ships of more than {n} tonnes have been sent to {other} since then.",
    "“It is {n} steps from my door to the water,” said {who}, a baker. “I count them every morning, and when the tide "
    "is high there are only {m}.” The shop has stood in {place} since her grandmother opened it.",
    "Figures from {body} show that {n},{m} passengers took the boat from {place} to {other} last year, which is {m} "
    "percent more than in the year before. A single ticket costs ${m}.50, and a return ticket ${n}.",
    "Not everybody agrees. {who} told a meeting at the town hall that the money, about ${n} million, should go to the "
    "school in {other} instead, and that {body} had “never once asked” the people who live {m} yards away.",
    "According to {who}, a spokesman for {body}, the inquiry will hear {m} witnesses in {place} before the end of "
    "June. He declined to say whether {other_who} would be among them.",
)


def composed(number: int) -> str:
    """An article of our own; no paragraph comes twice, so that nothing is answered from a cache."""
    paragraphs: list[str] = []
    words = 0
    for step in itertools.count():
        n = number * 37 + step
        who = PEOPLE[n % len(PEOPLE)]
        paragraphs.append(
            PARAGRAPHS[step % len(PARAGRAPHS)].format(
                who=who,
                last=who.split()[1],
                other_who=PEOPLE[(n * 7 + 3) % len(PEOPLE)],
                place=PLACES[n % len(PLACES)],
                other=PLACES[(n + 3) % len(PLACES)],
                body=BODIES[(n // 3) % len(BODIES)],
                n=n + 2,
                m=100 + number % 800,
            )
        )
        words += len(paragraphs[-1].split())
        if words >= WORDS:
            return "\n\n".join(paragraphs)
    raise AssertionError


@pytest.fixture
def soak_articles() -> Iterator[bytes]:
    """Articles without end, each a JSON object with an id of its own."""
    return _articles()


def _articles() -> Iterator[bytes]:
    folder = os.environ.get("WIRECOPY_EVAL")
    number = 0
    while not folder:
        story = {"id": f"soak-{number}", "source": "Harrow Wire", "title": f"Pier {number}", "text": composed(number)}
        yield json.dumps(story).encode()
        number += 1
    while True:
        with gzip.open(Path(folder) / "corpus" / "articles-3000.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.dumps({**json.loads(line), "id": f"soak-{number}", "url": None}).encode()
                number += 1
