"""The whole body of a message survives, in whatever dialect of the two wire formats an agency sends it.

Agencies leave out control characters, mark every paragraph or none, put the headline under a mark or not, and indent as
they like. Each combination is made from one invented story and must give one article with all its paragraphs in order.
"""

import pytest

PARAGRAPHS = (
    "NORTHPORT, May 12 (VP) - Dockers in the harbour of Northport voted\non Monday to go on strike for the first "
    "time in\neleven years.",
    'Their union\'s secretary, Ada Lane, said: "We had no\nchoice left"',
    "The port authority said 1,200 containers a day would wait.",
    "Both sides meet again at 9 a.m. on Thursday, when the mayor\nis expected to take the chair.",
)
HEADLINE = "Dockers vote to strike in Northport"


def words(text: str) -> list[str]:
    return text.split()


def indented(indent: str, end: str, between: str) -> str:
    return between.join(indent + paragraph.replace("\n", f"{end}\n") + end for paragraph in PARAGRAPHS)


IPTC_HEADS = {
    "marked": f"{HEADLINE} =\n\n",
    "unmarked": f"{HEADLINE}\n\n",
    "two lines": "Dockers vote to strike\nin Northport\n\n",
    "none": "",
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("head", IPTC_HEADS)
@pytest.mark.parametrize("controls", ["all", "no stx", "no etx", "telex", "none"])
@pytest.mark.parametrize(("indent", "between"), [("   ", "\n"), ("", "\n\n"), ("\t", "\n"), ("  ", "\n\n")])
def test_iptc7901(read, line_end, head, controls, indent, between):
    body = IPTC_HEADS[head] + indented(indent, "", between)
    message = {
        "all": f"\x01abc0123 3 i 120 xyz vp\n\nharbour-strike/\n\x02{body}\n\x03121137 GMT May 24\n\x04",
        "no stx": f"\x01ABC0123 3 POL 120\nharbour-strike/\n{body}\n\x03121137 GMT May 24\n\x04",
        "no etx": f"\x01abc0123 3 i 120 xyz vp\n\nharbour-strike/\n\x02{body}\n121137 GMT May 24\n",
        "telex": f"ZCZC ABC0123 3 POL 120\nharbour-strike/\n{body}\nNNNN\n",
        "none": f"abc0123 3 pol 120 xyz vp\nharbour-strike/\n{body}\n121137 GMT May 24\n",
    }[controls]
    article = read(message.replace("\n", line_end)).article
    assert article.media_type == "text/x-iptc7901"
    assert (article.source_id or "").lower().startswith("abc0123")
    assert article.slug == "harbour-strike"
    kept = words(article.text)
    wanted = words(" ".join(PARAGRAPHS))
    assert kept == wanted, "the body, the whole body, and nothing but the body"
    assert article.headline == (None if head == "none" else HEADLINE)


ANPA_HEADS = {
    "full": f"^BC-Strike, 1st Ld-Writethru,120<\n^{HEADLINE}<\n^Eds: With quotes.<\n^By BO REED=\n^Valley Press=\n",
    "two lines": "^BC-Strike,120<\n^Dockers vote to strike<\n^in Northport<\n",
    "slug alone": "^BC-Strike,120<\n",
    "none": "",
}


@pytest.mark.parametrize("head", ANPA_HEADS)
@pytest.mark.parametrize("controls", ["all", "no etx", "stray", "none"])
@pytest.mark.parametrize(
    ("indent", "end", "between"),
    [
        ("\t", "", "\n"),
        ("    ", "", "\n \n"),
        ("^    ", "<", "\n"),
        ("^", "<", "\n"),
        ("", "<", "\n"),
        ("", "", "\n\n"),
    ],
)
def test_anpa1312(read, head, controls, indent, end, between):
    told = controls != "none" or head not in ("none", "slug alone") or indent.startswith("^")
    body = ANPA_HEADS[head] + indented(indent, end, between)
    header = "a0310\x1fvp-\nu a\x13\x11 BC-Strike   05-12 0120\n"
    message = {
        "all": f"\x16\x16\x01{header}\x02{body}\n\x03VP-NY-05-12-24 1509GMT<\n\x04",
        "no etx": f"\x16\x16\x01{header}\x02{body}\n",
        "stray": f"\x16\x16\x01{header}\x02{body[:-30]}\x16{body[-30:]}\n\x03VP-NY-05-12-24 1509GMT<\n\x04",
        "none": "a0310\nu a BC-Strike   05-12 0120\n" + body,
    }[controls]
    article = read(message).article
    assert article.media_type == ("text/x-anpa1312" if told else "text/plain")
    kept = words(article.text if told else article.text.replace("<", ""))
    wanted = words(" ".join(PARAGRAPHS))
    at = 0
    for word in wanted:
        assert word in kept[at:], f"{word!r} is lost"
        at = kept.index(word, at) + 1
    if head in ("full", "two lines"):
        assert article.headline == HEADLINE
    if head == "full":
        assert article.byline == "BO REED"


def test_telex_messages_of_one_object_are_apart(read):
    one, two = (f"ZCZC ABC012{n} 3 POL 120\nharbour-strike/\n{' '.join(PARAGRAPHS)}\nNNNN\n" for n in "34")
    found = read(one + "\n\n" + two)
    assert [article.source_id for article in found.articles] == ["ABC0123", "ABC0124"]


@pytest.mark.parametrize(
    ("start", "media_type"),
    [("[1] The vote was held", "text/plain"), ("[Corrects the name]", "text/plain"), ("[1, 2]", "application/json")],
)
def test_a_bracket_at_the_beginning_is_not_always_json(read, start, media_type):
    assert read(f"{start}").media_type == media_type


@pytest.mark.parametrize(
    "start",
    [
        "\x01abc0123 3 pol 120\nharbour-strike/\n\x02",
        "\x16\x16\x01a0310\x1fvp-\nu a\x13\x11 BC-X   05-12 0120\n\x02^BC-X<\n",
    ],
)
def test_an_end_mark_that_comes_too_early_loses_nothing(read, start):
    body = "\n\n".join(f"   {paragraph}" for paragraph in PARAGRAPHS)
    early = body.replace("The port authority", "\x03The port authority")
    article = read(f"{start}{early}\n\nNNNN of these words end nothing.\n").article
    assert words(" ".join(PARAGRAPHS)) == words(article.text)[: len(words(" ".join(PARAGRAPHS)))]
    assert "NNNN of these words end nothing." in article.text
