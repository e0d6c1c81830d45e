"""Hostile objects, each with what must become of it: written into a folder by the tests beside good articles.

All names, people and events are invented. `line` is the fault's number in tests/faults/README.md.
"""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024
BODY = (
    "The {} ferry left Port Selwyn at dawn on Monday.\n\nAdvertisement\n\n“It was late again,” said Ann Hale, who sells"
    " tickets at the pier in Harrow.\n\nThe council of Harrow votes on a new pier in June."
)
PAGE = "<html><head><title>Ferry</title></head><body><article><h1>Ferry late</h1>{}{}{}</article></body></html>"
PROSE = "<p>The ferry left Port Selwyn at dawn, and Ann Hale of Harrow said that it was late again.</p>" * 4


@dataclass(frozen=True)
class Hostile:
    """One object: its fault's line, name, bytes (made when asked for), and what it must come to."""

    line: int
    name: str
    make: Callable[[], bytes]
    articles: int = 0
    reasons: tuple[str, ...] = ()
    repeats: int = 0
    heavy: bool = False


def article(number: int | str = 0, **more: object) -> dict[str, object]:
    """A good record."""
    return {"id": f"good-{number}", "source": "Harrow Wire", "text": BODY.format(number), **more}


def lines(*records: object, end: str = "\n") -> bytes:
    """JSON Lines of records; a string is a line as it is."""
    text = "".join((record if isinstance(record, str) else json.dumps(record)) + end for record in records)
    return text.encode("utf-8", "surrogatepass")


def page(inner: str = "", before: str = "") -> bytes:
    """A page with `inner` in the middle of its article."""
    return PAGE.format(before + PROSE, inner, PROSE).encode()


def _zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.json", json.dumps(article()))
    return data.getvalue()


def _tar() -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        content = json.dumps(article()).encode()
        told = tarfile.TarInfo("a.json")
        told.size = len(content)
        archive.addfile(told, io.BytesIO(content))
    return data.getvalue()


def _packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _bomb(end: bytes = b"") -> bytes:
    """284 kB that become 300 MB."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as stream:
        for _ in range(300):
            stream.write(b" " * 1_000_000)
        stream.write(end)
    return packed.getvalue()


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE nitf [<!ENTITY l0 "ha">{entities}]><nitf><body>&l9;</body></nitf>'.encode()


def _external() -> bytes:
    return (
        b'<?xml version="1.0"?><!DOCTYPE nitf [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        b"<nitf><body><body.content><p>&x;</p></body.content></body></nitf>"
    )


def _three() -> bytes:
    return lines(*(article(n) for n in range(3)))


def _story(text: str) -> Callable[[], bytes]:
    return lambda: json.dumps({"id": "s", "source": "Harrow Wire", "text": text}).encode("utf-8", "surrogatepass")


def _paragraphs(chars: int) -> str:
    """Prose of so many characters, no paragraph like another, so that no cache helps."""
    text, number = [], 0
    while chars > 0:
        text.append(BODY.format(number).replace("Monday", f"day {number}"))
        chars -= len(text[-1]) + 2
        number += 1
    return "\n\n".join(text)


_FRENCH = "Le conseil du port a voté mardi l'élargissement du quai, après des années de plaintes des pilotes. " * 5
_TWEET = (
    '<blockquote class="twitter-tweet"><p>Late again</p>&mdash; Ann Hale (@annhale) '
    '<a href="https://twitter.com/annhale/status/1234567890">May 12, 2024</a></blockquote>'
)
_DATES = (
    None, "", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2099-01-01T00:00:00Z", "2024-03-31T02:30:00",
    "2024-02-27T24:00:00Z", "Wed, 28 Feb 2024 12:00:00 GMT", "2024-02-28T12:00:00+00:00", "yesterday", 2**70,
)  # fmt: skip
_IDS = ("x" * 10_000, "../../etc/passwd", "a=b", "a%2Fb", "a\nb", "date=2024-01-01", "\u202e", "", " ")
_RECORDS = (
    '{"text": 5}', '{"title": "x"}', '{"text": null}', '{"text": "a", "n": NaN}', "{broken", "[1, 2]", '"text"', "null",
)  # fmt: skip

HOSTILE = (
    Hostile(1, "01-empty.txt", lambda: b"", 0, ("empty",)),
    Hostile(1, "01-blank.jsonl", lambda: b"\n \r\n\n", 0, ("empty",)),
    Hostile(2, "02-large.html", lambda: page("<p>rain</p>" * (3 * MIB)), 0, ("too_large",), heavy=True),
    Hostile(2, "02-large.txt", lambda: b"It rained. " * (3 * MIB), 0, ("too_large",), heavy=True),
    Hostile(3, "03-bomb.txt.gz", _bomb, 0, ("too_large",)),
    Hostile(3, "03-bomb.jsonl.gz", lambda: _bomb(b"\n" + lines(article())), 1, ("too_large",), heavy=True),
    Hostile(4, "04-cut.jsonl.gz", lambda: _packed(_three())[:-9], 3, ("corrupt",)),
    Hostile(4, "04-crc.jsonl.gz", lambda: _packed(_three())[:-8] + b"\0" * 8, 3, ("corrupt",)),
    Hostile(4, "04-junk.jsonl.gz", lambda: _packed(_three()) + b"junk", 3, ("corrupt",)),
    Hostile(4, "04-members.jsonl.gz", lambda: _packed(lines(article(1))) + _packed(lines(article(2))), 2),
    Hostile(5, "05-plain.jsonl.gz", _three, 3),
    Hostile(5, "05-packed.jsonl", lambda: _packed(_three()), 3),
    Hostile(6, "06-twice.txt.gz", lambda: _packed(_packed(b"It rained.")), 0, ("unsupported",)),
    Hostile(6, "06-stories.zip", _zip, 0, ("unsupported",)),
    Hostile(6, "06-stories.tar", _tar, 0, ("unsupported",)),
    Hostile(6, "06-stories.tar.gz", lambda: _packed(_tar()), 0, ("unsupported",)),
    Hostile(6, "06-photo.txt", lambda: b"\xff\xd8\xff\xe0" + b"\0" * 500, 0, ("unsupported",)),
    Hostile(7, "07-mark.json", lambda: json.dumps(article()).encode("utf-8-sig"), 1),
    Hostile(7, "07-utf16.jsonl", lambda: lines(article(1), article(2)).decode().encode("utf-16"), 2),
    Hostile(7, "07-latin.txt", lambda: "Café à Évry".encode("latin-1"), 0, ("encoding",)),
    Hostile(7, "07-declared.html", lambda: page("<meta charset=iso-8859-1><p>Café</p>").decode().encode("cp1252"), 1),
    Hostile(8, "08-some.txt", lambda: BODY.encode() * 2 + b"\xff\0", 1),
    Hostile(8, "08-surrogate.json", _story(BODY * 2 + "\ud800"), 1),
    Hostile(8, "08-many.json", _story("\ud800 \0" * 50), 0, ("encoding",)),
    Hostile(9, "09-crlf.jsonl", lambda: lines(article(1), article(2), end="\r\n"), 2),
    Hostile(9, "09-cr.jsonl", lambda: lines(article(1), article(2), end="\r"), 2),
    Hostile(9, "09-separator.jsonl", lambda: lines('{"text": "one\u2028two"}', article(2)), 2),
    Hostile(10, "10-line.jsonl", lambda: lines(article(1), article(2, pad="x" * 64 * MIB), article(3)), 2,
            ("too_large",), heavy=True),
    Hostile(11, "11-deep.json", lambda: b"[" * 100_000, 0, ("too_deep",)),
    Hostile(11, "11-deep.jsonl", lambda: lines(article(1), '{"a":' * 100_000, article(2)), 2, ("too_deep",)),
    Hostile(12, "12-types.jsonl", lambda: lines(article(1), *_RECORDS, article(2)), 2,
            ("malformed", "malformed", "missing_text", "missing_text", "wrong_type", "wrong_type", "wrong_type",
             "wrong_type")),
    Hostile(12, "12-list.json", lambda: json.dumps([article(1), {"title": "x"}, article(2)]).encode(), 2,
            ("missing_text",)),
    Hostile(12, "12-odd.jsonl", lambda: lines('{"text":"a","text":"b"}', article(1, id=2**70, n=1.5, more={"a": None}),
                                              {"text": "c", **dict.fromkeys(("title", "date", "url", "id"))}), 3),
    Hostile(13, "13-divs.html", lambda: b"<div>" * 200_000, 0, ("too_deep",)),
    Hostile(14, "14-bold.html", lambda: page("<b>" * 5_000), 1),
    Hostile(14, "14-attributes.html", lambda: page("<a " + " ".join(f"a{n}=1" for n in range(1_000_000)) + ">x</a>"),
            0, ("malformed",), heavy=True),
    Hostile(14, "14-node.html", lambda: page("<p>" + "It rained. " * MIB + "</p>"), 0, ("too_long",), heavy=True),
    Hostile(14, "14-comments.html", lambda: page("<!-- Advertisement -->" * 1_000 + "<!--" * 10), 1),
    Hostile(14, "14-script.html", lambda: page('<script>var a = "Advertisement";</script>'), 1),
    Hostile(14, "14-data.html", lambda: page(f'<img src="data:image/png;base64,{"A" * MIB}">'), 1),
    Hostile(14, "14-elements.html", lambda: page("<br>" * (2 * MIB)), 0, ("too_large",), heavy=True),
    Hostile(14, "14-elements.xml", lambda: b"<nitf><body>" + b"<p>x</p>" * MIB + b"</body></nitf>",
            0, ("too_large",), heavy=True),
    Hostile(14, "14-objects.json", lambda: b"[" + b'{"a":1},' * MIB + b"{}]", 0, ("too_large",), heavy=True),
    Hostile(15, "15-laughs.xml", _laughs, 0, ("malformed",)),
    Hostile(15, "15-external.xml", _external, 0, ("malformed",)),
    Hostile(16, "16-escaped.html", lambda: page("<p>It was &amp;quot;late&amp;quot; again, she said.</p>"), 1),
    Hostile(17, "17-blanks.json", _story("a" + " " * 200_000 + "b"), 1),
    Hostile(17, "17-quotes.json", _story('"' * 60_000), 1, heavy=True),
    Hostile(17, "17-opened.json", _story('“He said, "' * 20_000), 1, heavy=True),
    Hostile(18, "18-million.json", lambda: _story(_paragraphs(1_100_000))(), 1, heavy=True),
    Hostile(18, "18-longer.json", _story("It rained. " * 500_000), 0, ("too_long",), heavy=True),
    Hostile(19, "19-token.json", _story(BODY + " " + "x" * 300_000 + " The end."), 1),
    Hostile(19, "19-dots.json", _story("." * 100_000), 1),
    Hostile(20, "20-marks.json", _story("“One ‘two «three» \"four' five” the '90s' end. «Six, he said.\n\n“Seven.\n\n“"
                                        "Eight,” said Ann Hale."), 1),
    Hostile(21, "21-scripts.json", _story("שלום אמר Ann Hale 👩‍👩‍👧 ＦＵＬＬ e\u0301\u0301 \u202ea\u202c. " * 30), 1),
    Hostile(22, "22-label.json", _story("Advertisement"), 1),
    Hostile(22, "22-sentence.json", _story("Advertisement of the new pier cost a million, the council said."), 1),
    Hostile(23, "23-post.html", lambda: page(_TWEET), 1),
    Hostile(24, "24-french.json", _story(_FRENCH), 1, heavy=True),
    Hostile(25, "25-dates.jsonl", lambda: lines(*(article(n, date=d) for n, d in enumerate(_DATES))), len(_DATES)),
    Hostile(26, "26-repeats.jsonl", lambda: lines(article(1), article(1), article(1, note="other")), 2, repeats=1),
    Hostile(26, "26-ids.jsonl", lambda: lines(*(article(n, id=odd) for n, odd in enumerate(_IDS))), len(_IDS)),
    Hostile(27, "27 a name #1 ?*[x] é=%2F.json", lambda: json.dumps(article()).encode(), 1),
    Hostile(12, "12-picture.xml", lambda: b'<newsItem guid="p"><itemMeta><itemClass qcode="ninat:picture"/></itemMeta>'
            b"</newsItem>", 0, ("no_article",)),
    Hostile(12, "12-orders.xml", lambda: b"<orders><order>7</order></orders>", 0, ("unsupported",)),
    Hostile(12, "12-broken.xml", lambda: b"<nitf><body><p>x</body></nitf>", 0, ("malformed",)),
    Hostile(12, "12-menu.html", lambda: b"<html><body><nav><a href=/>Home</a></nav></body></html>", 0, ("no_article",)),
    Hostile(4, "04-broken.warc", lambda: b"WARC/1.0\r\nContent-Length: x\r\n\r\nabc", 0, ("corrupt",)),
)  # fmt: skip
"""Faults 1 to 27 as objects."""


def write(folder: Path, *, heavy: bool) -> list[Hostile]:
    """Write the hostile objects; returns those that were written."""
    chosen = [hostile for hostile in HOSTILE if heavy or not hostile.heavy]
    for hostile in chosen:
        (folder / hostile.name).write_bytes(hostile.make())
    return chosen


def good_articles(folder: Path, count: int = 100) -> Iterator[str]:
    """Write good articles, one an object; yields their names."""
    for number in range(count):
        name = f"good-{number:03d}.json"
        (folder / name).write_bytes(json.dumps(article(f"g{number}", date="2024-05-12T10:00:00Z")).encode())
        yield name
