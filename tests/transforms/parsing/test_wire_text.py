# ruff: noqa: E501, messages stand here as they come
"""IPTC 7901 and ANPA 1312: header fields, headline, the whole body, and the notes that are not for print."""

IPTC = (
    "\x01abc0123 3 pol 120 xyz vp\r\n\r\nharbour-strike/\r\n\x02Dockers vote to strike in Northport =\r\n\r\n"
    '   Northport (abc) - Dockers voted on Monday to strike,\r\ntheir union said.\r\n   "We had no choice," said Ada Lane.\r\n\r\n'
    "# abc NOTEBOOK\r\nThe following is for editors: Tel 123\r\n\r\nabc al\r\n\x03121137 GMT May 24\r\n\x04"
)


def test_iptc7901(read):
    article = read(IPTC).article
    assert article.media_type == "text/x-iptc7901"
    assert (article.headline, article.slug, article.urgency) == (
        "Dockers vote to strike in Northport",
        "harbour-strike",
        3,
    )
    assert (article.source_id, article.published_us) == ("abc0123/2024-05-12", 1_715_513_820_000_000)
    assert article.text.startswith(
        'Northport (abc) - Dockers voted on Monday to strike,\ntheir union said.\n\n"We had no choice,"'
    )
    (mark,) = article.marks
    assert mark.kind == "agency_footer"
    assert article.text[mark.raw_start :].startswith("# abc NOTEBOOK")
    assert "\x02" not in article.text
    assert "=" not in article.text


def test_iptc7901_without_control_characters(read):
    plain = IPTC.translate({1: None, 2: None, 3: None, 4: None})
    assert read(plain, "a.txt").article.text == read(IPTC).article.text


def test_several_messages_in_one_object(read):
    found = read(IPTC + IPTC.replace("abc0123", "abc0124"))
    assert [(article.record_index, article.source_id) for article in found.articles] == [
        (0, "abc0123/2024-05-12"),
        (1, "abc0124/2024-05-12"),
    ]
    assert len({article.article_id for article in found.articles}) == 2


def test_eight_bits_without_a_declaration(read):
    article = read(IPTC.replace("Dockers voted", "Les \u00e9lecteurs ont vot\u00e9").encode("cp1252")).article
    assert "Les \u00e9lecteurs ont vot\u00e9" in article.text
    assert '"encoding":"cp1252"' in article.extra


ANPA = (
    "\x16\x16\x01a0310\x1fvp-\nu a\x13\x11 BC-Bridge,1st Ld   05-12 0090\n\x02^BC-Bridge, 1st Ld-Writethru,90<\n^Bridge opens after a year<\n"
    "^Eds: Updates with quotes.<\n^By ADA LANE=\n^Valley Press Writer=\n\tNORTHPORT (VP) _ The bridge\nopened on Monday.\n"
    "\t``It was late,'' the mayor said.\n^North 1 2<\n\x03VP-NY-05-12-24 1509GMT<\n\x04"
)


def test_anpa1312(read):
    article = read(ANPA).article
    assert article.media_type == "text/x-anpa1312"
    assert (
        article.text == "NORTHPORT (VP) _ The bridge\nopened on Monday.\n\n``It was late,'' the mayor said.\nNorth 1 2"
    )
    assert (article.headline, article.byline, article.credit) == (
        "Bridge opens after a year",
        "ADA LANE",
        "Valley Press Writer",
    )
    assert (article.slug, article.version, article.urgency) == ("BC-Bridge", "1st Ld-Writethru", 3)
    assert (article.source_id, article.published_us, article.status) == (
        "a0310/2024-05-12",
        1_715_526_540_000_000,
        "usable",
    )
    assert "Updates with quotes" in article.extra


def test_a_kill_is_a_row_that_says_so(read):
    assert read(ANPA.replace("1st Ld-Writethru", "KILL")).article.status == "cancelled"


def test_a_message_without_text_says_so(read):
    assert read("\x01abc0001 4 p 1\r\n\x02\x03\x04").reasons == ["missing_text"]
