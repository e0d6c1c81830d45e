# An output written straight from records: what a run would leave, small, hostile and known to the character.
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from schemas.records import (
    AnnotatedArticle,
    CleanArticle,
    Edit,
    Embed,
    Entity,
    Failure,
    Model,
    Portion,
    Portioned,
    Quote,
    RawArticle,
)
from schemas.tables import TABLES
from transforms.edits import apply_edits
from transforms.rows import to_tables

DAY_US = 86_400_000_000
MAY_2019_US = 1_556_668_800_000_000
HOSTILE_HEADLINE = "<script>alert(1)</script>"
HOSTILE_QUOTE = '"><img src=x onerror=alert(2)>'

STORY = (
    "The night ferry to Lund island will not sail on Friday because of the storm, the harbour office said, and the "
    "freight boat that carries milk and post will wait for daylight with all its crew on board. "
    "“We will not put a single passenger at risk for a timetable,” Mara Lindqvist said on the quay."
)


def edit(raw: str, kind: str, rule: str, text: str, replacement: str = "") -> Edit:
    start = raw.index(text)
    return Edit(kind, rule, start, start + len(text), text, replacement)


def entity(text: str, words: str, label: str, rule: str | None = None) -> Entity:
    start = text.index(words)
    return Entity(words, label, start, start + len(words), None, None, 0, words, words.casefold(), 0.5, rule)


def quote(text: str, words: str, speaker: str | None, number: int, key: str | None = None) -> Quote:
    start = text.index(words)
    end = start + len(words)
    at = text.index(speaker) if speaker else None
    return Quote(
        f"quote-{number}",
        words,
        "direct",
        start,
        end,
        ((start, end),),
        0,
        speaker=speaker,
        speaker_start=at,
        speaker_end=None if at is None else at + len(speaker),
        speaker_name=speaker,
        speaker_key=key or (speaker and speaker.casefold()),
        speaker_kind="person" if speaker else "unknown",
        speaker_reason=None if speaker else "no_cue",
        confidence=0.9,
    )


def article(
    number: int,
    raw: str,
    edits=(),
    *,
    headline="Ferry stays in port",
    provider="The Oster Post",
    names=(),
    quotes=(),
    embeds=(),
    generation=1,
):
    text = apply_edits(raw, edits)
    record = RawArticle(
        f"article-{number:03d}",
        "/in/a.jsonl",
        generation,
        number,
        MAY_2019_US + 40 * DAY_US,
        raw,
        "0" * 64,
        published_us=None if number == 9 else MAY_2019_US + (number % 5) * DAY_US,
        headline=headline,
        provider=provider,
        byline="Tove Brandt",
        url=f"https://post.example/{number}",
    )
    clean = CleanArticle(record, text, tuple(edits), tuple(embeds))
    return AnnotatedArticle(
        clean,
        "en",
        tuple(entity(text, *name) for name in names),
        tuple(quote(text, words, speaker, number * 10 + place) for place, (words, speaker) in enumerate(quotes)),
        Model("small 1.0", "1" * 64),
    )


def articles() -> list[AnnotatedArticle]:
    tweet = "Winds of 30 m/s tonight 🌊 stay home — Oster Harbour (@osterharbour) May 2, 2019"
    lead = f"By Tove Brandt\n\nOSTER (Kyst) - {STORY}\n\nAdvertisement\n\n"
    full = lead + f"{tweet}\n\n🌊 The island’s shop has bread for three days."
    edits = [
        edit(full, "byline", "byline.by_name", "By Tove Brandt\n\n"),
        edit(full, "dateline", "dateline.agency", "OSTER (Kyst) - "),
        edit(full, "advertisement", "ad.label", "Advertisement\n\n"),
        edit(full, "tweet", "tweet.signature", tweet + "\n\n"),
    ]
    at = full.index(tweet)
    embed = Embed(
        "embed-1",
        "twitter",
        "Oster Harbour",
        "@osterharbour",
        MAY_2019_US,
        tweet,
        "https://t.example/1",
        at,
        at + len(tweet),
    )
    names = [("Lund island", "LOC"), ("Friday", "DATE"), ("Mara Lindqvist", "PERSON", "full_name")]
    quotes = [("“We will not put a single passenger at risk for a timetable,”", "Mara Lindqvist")]
    made = [article(1, full, edits, names=names, quotes=quotes, embeds=[embed])]
    twin = STORY.replace("on the quay", "on Thursday")
    made.append(article(2, twin, provider="Lund Daily", headline="No ferry on Friday", names=names, quotes=quotes))
    hostile = f"{HOSTILE_QUOTE} sprayed there. “{HOSTILE_QUOTE}” said Per <b>Holm</b>, poet & painter. </script><!--"
    names = [("Per <b>Holm</b>", "PERSON")]
    made.append(
        article(
            3,
            hostile,
            headline=HOSTILE_HEADLINE,
            provider="<i>Gazette</i>",
            names=names,
            quotes=[(f"“{HOSTILE_QUOTE}”", "Per <b>Holm</b>")],
        )
    )
    for number in range(4, 30):
        filler = f"Council report {number}. " + " ".join(
            f"Item {number * 100 + place} was passed by {place} votes." for place in range(12)
        )
        made.append(
            article(
                number,
                filler + " “It is done,” Ida Storm said.",
                headline=f"Council, day {number}",
                provider=("Lund Daily", "The Oster Post", "Kyst")[number % 3],
                names=[("Ida Storm", "PERSON")],
                quotes=[("“It is done,”", "Ida Storm")],
            )
        )
    return made


def write_output(root: Path) -> Path:
    failure = Failure(
        "parse", "malformed", "No closing quote at byte 7 <b>", 50, b'{"text": "<img src=x>', "2" * 64, 21
    )
    tables = to_tables(
        Portioned(Portion("/in/a.jsonl", 1, MAY_2019_US + 40 * DAY_US), tuple(articles()), (failure,)), "test"
    )
    for name, schema in TABLES.items():
        folder = root / name / "date=2019-06-10"
        folder.mkdir(parents=True)
        pq.write_table(tables.get(name, schema.empty_table()), folder / "000-0000000000.parquet")
    return root


@pytest.fixture(scope="session")
def output(tmp_path_factory) -> Path:
    return write_output(tmp_path_factory.mktemp("output"))
