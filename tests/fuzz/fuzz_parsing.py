"""A long fuzzing run over framing, parsing and cleaning: `python tests/fuzz/fuzz_parsing.py --seconds 600`.

With atheris installed the run is led by coverage; else seeds are damaged at random from a fixed seed. Either way an
input that breaks a promise is written to `--findings` and its traceback is shown.

`--what parsing` reads objects: no parser raises or answers "error", bytes come to articles or refusals, text is valid
and its spans lie inside it, clean text and edits give back the raw text, and the same bytes give the same rows.
`--what cleaning` cleans texts put together from what the rules look for: the same promises for the edits and posts of
any text, and cleaning what is clean changes nothing.
"""

import argparse
import hashlib
import io
import random
import sys
import time
from contextlib import nullcontext
from pathlib import Path

try:
    import atheris
except ImportError:
    atheris = None
LED = atheris is not None and __name__ == "__main__" and "--plain" not in sys.argv

with atheris.instrument_imports(include=["transforms"]) if LED else nullcontext():
    from schemas.limits import Limits
    from schemas.records import Portion, RawArticle, RawDocument, RawRecord
    from transforms.cleaning.article import clean
    from transforms.cleaning.rules import built_in
    from transforms.edits import rebuild_raw
    from transforms.parsing import ParseSettings, parse_document
    from transforms.parsing.framing import Record, read_records

LIMITS = Limits(max_object_bytes=200_000, max_record_bytes=200_000, max_decompressed_bytes=400_000)
NAMES = ("a", "a.jsonl", "a.json", "a.html", "a.xml", "a.txt", "a.warc.gz")
TOKENS = [b"<", b">", b"&", b'"', b"\0", b"\xff", b"<p>", b"{", b"[", b"\n", b"\x02"]
SEEDS = Path(__file__).with_name("seeds")


def check(data: bytes) -> None:
    """Read an object and hold the result to the promises."""
    name = NAMES[data[0] % len(NAMES)] if data else "a"
    parsed, refused = _read(data[1:], name)
    again, _ = _read(data[1:], name)
    assert parsed == again, "the same bytes gave other rows"
    assert parsed.articles or parsed.failures or refused, "bytes vanished"
    assert not [failure for failure in parsed.failures if failure.reason == "error"], parsed.failures
    for article in parsed.articles:
        article.text.encode()
        article.extra.encode()
        assert all(0 <= mark.raw_start < mark.raw_end <= len(article.text) for mark in article.marks)
        cleaned = clean(article)
        assert rebuild_raw(cleaned.text, cleaned.edits) == article.text


def _read(content: bytes, name: str):
    framed = read_records(io.BytesIO(content), name, LIMITS)
    items = list(framed)
    records = tuple(RawRecord(item.index, item.content) for item in items if isinstance(item, Record))
    document = RawDocument(Portion(name, 1, 1_700_000_000_000_000), framed.media_type, records)
    return parse_document(document, ParseSettings(limits=LIMITS)), len(items) - len(records)


def fragments() -> list[str]:
    """What rules look for: their own examples, parts of posts, and signs that texts are spoilt by."""
    examples = [rule.example.replace("⟦", "").replace("⟧", "") for rule in built_in()]
    posts = ["— Ann Hale (@annhale) May 12, 2024", "pic.twitter.com/Ab12Cd34Ef", "https://t.co/Ab12", "(@annhale) "]
    signs = [
        "\n",
        "\n\n",
        " ",
        "“",
        "”",
        '"',
        "‘",
        "’",
        "(CNN)",
        "\u00e2\u20ac\u2122",
        "\xad",
        "\u200b",
        "é",
        "Ж",
        "👩‍🚀",
        "",
    ]
    return [*examples, *posts, *signs, "The ferry left Port Selwyn at dawn, said Ann Hale. ", "HARROW (Harrow Wire) - "]


FRAGMENTS = fragments()


def check_cleaning(data: bytes) -> None:
    """Clean a text and hold the result to the promises: each part between NULs is a fragment's number and more text."""
    text = "".join(
        FRAGMENTS[part[0] % len(FRAGMENTS)] + part[1:].decode("utf-8", "replace") for part in data.split(b"\0") if part
    )
    article = RawArticle("a", "file:///a", 1, 0, 0, text, "")
    done = clean(article)
    assert done == clean(article), "the same text gave another result"
    assert rebuild_raw(done.text, done.edits) == text
    at = 0
    for edit in done.edits:
        assert at <= edit.raw_start <= edit.raw_end <= len(text), "edits overlap, or lie outside"
        assert text[edit.raw_start : edit.raw_end] == edit.text
        at = edit.raw_end
    assert all(0 <= post.raw_start < post.raw_end <= len(text) for post in done.embeds)
    again = clean(RawArticle("a", "file:///a", 1, 0, 0, done.text, ""))
    assert again.text == done.text, "what is clean was cleaned again"


CHECKS = {"parsing": check, "cleaning": check_cleaning}


def seeds_of(what: str) -> list[bytes]:
    """What to begin with: our own example of each format under each kind of name, or each fragment in a text."""
    if what == "cleaning":
        return [b"\0".join(bytes([number, *b"\n\n"]) for number in (n, n + 1, n + 2)) for n in range(200)]
    return [bytes([number]) + path.read_bytes() for path in sorted(SEEDS.iterdir()) for number in range(len(NAMES))]


def damage(data: bytes, chance: random.Random) -> bytes:
    """A few bytes cut, doubled, overwritten or put in from another seed."""
    mutable = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at, size = chance.randrange(len(mutable) + 1), chance.randint(1, 20)
        match chance.randrange(4):
            case 0:
                del mutable[at : at + size]
            case 1:
                mutable[at:at] = mutable[at : at + size] * chance.randint(1, 40)
            case 2:
                mutable[at : at + size] = chance.randbytes(size)
            case _:
                mutable[at:at] = chance.choice(
                    [b"<", b">", b"&", b'"', b"\0", b"\xff", b"<p>", b"{", b"[", b"\n", b"\x02"]
                )
    return bytes(mutable)


def run_random(what: str, seconds: float, findings: Path) -> int:
    """Damage seeds until the time is over; returns the number of findings."""
    chance, seeds = random.Random(7), seeds_of(what)
    found = runs = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = damage(chance.choice(seeds), chance)
        runs += 1
        try:
            CHECKS[what](data)
        except Exception as problem:
            found += 1
            path = findings / hashlib.sha256(data).hexdigest()[:16]
            path.write_bytes(data)
            sys.stderr.write(f"{path}: {type(problem).__name__}: {problem}\n"[:500])
    sys.stdout.write(f"{runs} inputs, {found} findings\n")
    return found


def main() -> int:
    """Run for a while; exit 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--what", choices=CHECKS, default="parsing")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--findings", type=Path, default=Path("out/fuzz"))
    parser.add_argument("--plain", action="store_true", help="random damage even where atheris is installed")
    options = parser.parse_args()
    options.findings.mkdir(parents=True, exist_ok=True)
    if not LED:
        return 1 if run_random(options.what, options.seconds, options.findings) else 0
    corpus = options.findings / "corpus" / options.what
    corpus.mkdir(parents=True, exist_ok=True)
    for data in seeds_of(options.what):
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    limits = [f"-max_total_time={int(options.seconds)}", "-max_len=20000", "-rss_limit_mb=1500", "-timeout=10"]
    quiet = ["-verbosity=0", "-print_final_stats=1"]
    atheris.Setup(
        [sys.argv[0], *limits, *quiet, f"-artifact_prefix={options.findings}/", str(corpus)], CHECKS[options.what]
    )
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
