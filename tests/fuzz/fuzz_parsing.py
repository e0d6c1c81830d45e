"""A long fuzzing run over framing, parsing and cleaning: `python tests/fuzz/fuzz_parsing.py --seconds 600`.

With atheris installed the run is led by coverage; else seeds are damaged at random from a fixed seed. Either way an
input that breaks a promise is written to `--findings` and its traceback is shown. The promises: no parser raises or
answers "error", bytes come to articles or refusals, text is valid and its spans lie inside it, clean text and edits
give back the raw text, and the same bytes give the same rows.
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
    from schemas.records import Portion, RawDocument, RawRecord
    from transforms.cleaning.article import clean
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


def run_random(seconds: float, findings: Path, seeds: list[bytes]) -> int:
    """Damage seeds until the time is over; returns the number of findings."""
    chance = random.Random(7)
    found = runs = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = damage(chance.choice(seeds), chance)
        runs += 1
        try:
            check(data)
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
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--plain", action="store_true", help="random damage even where atheris is installed")
    options = parser.parse_args()
    options.findings.mkdir(parents=True, exist_ok=True)
    seeds = [bytes([number]) + path.read_bytes() for path in sorted(SEEDS.iterdir()) for number in range(len(NAMES))]
    if not LED:
        return 1 if run_random(options.seconds, options.findings, seeds) else 0
    limits = [f"-max_total_time={int(options.seconds)}", "-max_len=20000", "-rss_limit_mb=1500", "-timeout=10"]
    atheris.Setup(
        [sys.argv[0], *limits, f"-artifact_prefix={options.findings}/", str(options.findings), str(SEEDS)], check
    )
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
