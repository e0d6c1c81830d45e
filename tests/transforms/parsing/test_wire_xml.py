# ruff: noqa: E501, messages stand here as they come
"""NITF, NewsML 1.2, NewsML-G2, ninjs and feeds: the whole body, ids without revisions, no entity ever resolved."""

import json

import pytest

NITF = """<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE nitf SYSTEM "nitf-3-4.dtd">
<nitf><head><title>T</title><docdata management-status="usable"><doc-id id-string="VP123" regsrc="VP"/><urgency ed-urg="3"/>
<date.issue norm="20240512T101500Z"/><du-key key="bridge" version="3"/></docdata></head>
<body><body.head><hedline><hl1>Bridge &amp; caf\u00e9 open</hl1></hedline><byline>By <person>Ada Lane</person><byttl>Writer</byttl></byline>
<dateline><location>NORTHPORT</location><story.date norm="20240512">May 12</story.date></dateline></body.head>
<body.content><block><p>NORTHPORT (VP) - The bridge
opened&nbsp;today &mdash; late.</p><media><media-caption>The bridge. Photo/Reed</media-caption></media><p>AT&T paid.</p></block></body.content>
<body.end><tagline>Editing by Bo Reed</tagline></body.end></body></nitf>"""


def test_nitf(read):
    article = read(NITF.encode("latin-1")).article
    assert article.text == (
        "NORTHPORT (VP) - The bridge opened\u00a0today — late.\n\nThe bridge. Photo/Reed\n\nAT&T paid.\n\nEditing by Bo Reed"
    )
    assert (article.headline, article.byline, article.dateline_place) == (
        "Bridge & caf\u00e9 open",
        "Ada Lane",
        "NORTHPORT",
    )
    assert (article.source_id, article.provider, article.urgency, article.version) == ("VP123", "VP", 3, "3")
    assert article.published_us == 1_715_508_900_000_000
    assert [(mark.kind, article.text[mark.raw_start : mark.raw_end]) for mark in article.marks] == [
        ("caption_credit", "The bridge. Photo/Reed"),
        ("agency_footer", "Editing by Bo Reed"),
    ]


def newsml(revision="1", status="Usable", body="<p>It rained.</p><p>Hard.</p>", management=""):
    return f"""<NewsML Version="1.2"><NewsItem xml:lang="en"><Identification><NewsIdentifier><ProviderId>vp.example</ProviderId>
<DateId>20240512</DateId><NewsItemId>B1</NewsItemId><RevisionId>{revision}</RevisionId>
<PublicIdentifier>urn:newsml:vp.example:20240512:B1:{revision}</PublicIdentifier></NewsIdentifier></Identification>
<NewsManagement><ThisRevisionCreated>20240512T101500+0200</ThisRevisionCreated><Status FormalName="{status}"/><Urgency FormalName="5"/>{management}
</NewsManagement><NewsComponent><NewsLines><HeadLine>Rain</HeadLine><ByLine>By Ada Lane</ByLine><DateLine>NORTHPORT, May 12 (VP)</DateLine>
<SlugLine>rain-fair</SlugLine></NewsLines><NewsComponent><Role FormalName="Caption"/><ContentItem><DataContent>A photo.</DataContent></ContentItem>
</NewsComponent><NewsComponent><Role FormalName="Main"/><ContentItem><MediaType FormalName="Text"/><DataContent>{body}</DataContent></ContentItem>
</NewsComponent></NewsComponent></NewsItem></NewsML>"""


def test_newsml_versions_line_up(read):
    first, second = read(newsml("1")).article, read(newsml("2", "Canceled"), "gs://wire/other").article
    assert first.article_id == second.article_id
    assert first.source_id == "urn:newsml:vp.example:20240512:B1"
    assert (first.version, first.status, second.version, second.status) == ("1", "usable", "2", "cancelled")
    assert first.text == "It rained.\n\nHard."
    assert first.headline == "Rain"
    assert first.byline == "Ada Lane"
    assert (first.slug, first.urgency, first.dateline_place, first.dateline_agency) == (
        "rain-fair",
        5,
        "NORTHPORT",
        "VP",
    )
    assert first.published_us == 1_715_501_700_000_000


@pytest.mark.parametrize(
    "body",
    [
        "<![CDATA[<p>It rained.</p><p>Hard.</p>]]>",
        "&lt;p&gt;It rained.&lt;/p&gt;&lt;p&gt;Hard.&lt;/p&gt;",
        "<nitf><body><body.content><p>It rained.</p><p>Hard.</p></body.content></body></nitf>",
        "<html><head><title>no</title></head><body><p>It rained.</p><p>Hard.</p></body></html>",
        "It rained.\n\nHard.",
        "\n   It rained.\n   Hard.\n   ",
    ],
)
def test_newsml_bodies_of_every_kind(read, body):
    assert read(newsml(body=body)).article.text.replace("\n\n", "\n") == "It rained.\nHard."


G2 = """<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><header><sent>2024-05-12T10:00:00Z</sent></header><itemSet>
<newsItem guid="tag:vp.example,2024:1" version="2" xml:lang="en"><itemMeta><itemClass qcode="ninat:text"/><provider literal="VP"/>
<pubStatus qcode="stat:withheld"/><embargoed>2024-05-13T00:00:00Z</embargoed><edNote>Hold for release.</edNote></itemMeta><contentMeta>
<urgency>2</urgency><subject qcode="medtop:04000000"><name>economy</name></subject><headline>Rain</headline><by>By Ada Lane</by></contentMeta>
<contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>
<body><p>It rained.</p><p>Hard.</p></body></html></inlineXML></contentSet></newsItem>
<newsItem guid="p"><itemMeta><itemClass qcode="ninat:picture"/></itemMeta></newsItem></itemSet></newsMessage>"""


def test_newsml_g2(read):
    article = read(G2).article
    assert (article.text, article.headline, article.byline) == ("It rained.\n\nHard.", "Rain", "Ada Lane")
    assert (article.source_id, article.version, article.status, article.urgency) == (
        "tag:vp.example,2024:1",
        "2",
        "withheld",
        2,
    )
    assert (article.published_us, article.embargo_us) == (1_715_508_000_000_000, 1_715_558_400_000_000)
    extra = json.loads(article.extra)
    assert extra["subjects"] == [{"code": "medtop:04000000", "name": "economy"}]
    assert extra["ed_note"] == "Hold for release."
    assert extra["items_without_text"] == ["p"]


def test_a_picture_alone_is_no_article(read):
    item = '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="p"><itemMeta><itemClass qcode="ninat:picture"/></itemMeta></newsItem>'
    assert read(item).reasons == ["no_article"]
    assert read(item.replace("picture", "text")).reasons == ["missing_text"]


@pytest.mark.parametrize(
    "bodies",
    [
        {"body_text": "One.\n\nTwo.", "body_xhtml": "<p>One.</p><p>Two.</p>"},
        {"body_html": "<section><p>One.</p><p>Two.</p></section>"},
        {
            "bodies": [
                {"role": "main", "contenttype": "text/plain", "value": "One. Two."},
                {"contentType": "text/html", "value": "<p>One.</p><p>Two.</p>"},
            ]
        },
    ],
)
def test_ninjs_of_all_generations(read, bodies):
    item = {"uri": "urn:vp:1", "versionCreated": "2024-05-12T10:00:00Z", "version": "3", "pubStatus": "canceled", "by": "By Ada Lane",
            "headlines": [{"role": "sub", "value": "no"}, {"role": "main", "value": "Rain"}], **bodies}  # fmt: skip
    article = read(json.dumps(item), "a.json").article
    assert (article.text, article.headline, article.byline) == ("One.\n\nTwo.", "Rain", "Ada Lane")
    assert (article.media_type, article.status, article.version) == (
        "application/vnd.iptc.ninjs+json",
        "cancelled",
        "3",
    )


def test_feeds(read):
    rss = """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>VP</title><language>en</language><item><title>A</title><link>http://vp.example/a</link><guid>a1</guid><pubDate>Sun, 12 May 2024 10:00:00 GMT</pubDate>
<dc:creator>Ada Lane</dc:creator><description>Short</description><content:encoded><![CDATA[<p>It rained.</p><p>Hard.</p>]]></content:encoded></item>
<item><title>B</title></item><item><title>C</title><description>Only a summary.</description></item></channel></rss>"""
    found = read(rss)
    first, last = found.articles
    assert (first.text, first.headline, first.byline, first.provider) == ("It rained.\n\nHard.", "A", "Ada Lane", "VP")
    assert (first.url, first.language, first.record_index, last.record_index) == ("http://vp.example/a", "en", 0, 2)
    assert '"summary_only":true' in last.extra
    assert [(failure.reason, failure.record_index) for failure in found.failures] == [("missing_text", 1)]
    atom = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><id>urn:vp:1</id><link href="http://vp.example/a"/>
<updated>2024-05-12T10:00:00Z</updated><author><name>Ada</name></author><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>One.</p><p>Two.</p></div></content></entry></feed>"""
    article = read(atom).article
    assert (article.text, article.byline, article.source_id) == ("One.\n\nTwo.", "Ada", "urn:vp:1")


def test_unknown_xml_by_its_field_names(read):
    story = "<story id='7'><headline>Rain</headline><date>2024-05-12</date><text><p>It rained in Northport all day.</p><p>Two.</p></text></story>"
    article = read('<?xml version="1.0"?>' + story).article
    assert (article.text, article.headline) == ("It rained in Northport all day.\n\nTwo.", "Rain")
    assert read("<orders><order>7</order></orders>").reasons == ["unsupported"]


def test_a_format_inside_an_envelope(read):
    assert read(f'<envelope xmlns="urn:x">{NITF[NITF.index("<nitf>") :]}</envelope>').article.source_id == "VP123"


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY x "lol"><!ENTITY y "&x;&x;&x;">',
        '<!ENTITY % p SYSTEM "http://vp.example/x"> %p;',
    ],
)
def test_entities_are_refused(read, subset):
    found = read(
        f'<?xml version="1.0"?><!DOCTYPE nitf [{subset}]><nitf><body><body.content><p>&x;</p></body.content></body></nitf>'
    )
    assert found.reasons == ["malformed"]
    assert "entities" in found.failures[0].detail


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("<nitf><body><p>x</body></nitf>", "malformed"),
        ("<nitf>" + "<a>" * 100_000, "too_deep"),
        ("<nitf>" + "<a/>" * 300_000 + "</nitf>", "too_large"),
        ("<nitf><body>", "malformed"),
        ("<nitf/>", "missing_text"),
        ("<newsItem/>", "missing_text"),
        ("<NewsML/>", "no_article"),
        ("<rss/>", "no_article"),
    ],
)
def test_broken_xml_says_why(read, document, reason):
    assert read(document).reasons == [reason]


def test_a_few_control_characters_are_replaced(read):
    article = read(NITF.replace("today", "to\x0bday").encode("latin-1")).article
    assert "to\ufffdday" in article.text
    assert '"replaced_chars":1' in article.extra


@pytest.mark.parametrize(
    "kill",
    [
        G2.replace("stat:withheld", "stat:canceled").replace("<p>It rained.</p><p>Hard.</p>", ""),
        newsml("2", "Canceled", body=""),
        json.dumps(
            {
                "uri": "urn:vp:1",
                "versioncreated": "2024-05-12T10:00:00Z",
                "pubstatus": "canceled",
                "headline": "Rain",
                "body_text": "",
            }
        ),
        json.dumps({"id": "7", "source": "VP", "status": "killed", "title": "Rain"}),
    ],
    ids=["G2", "NewsML 1", "ninjs", "JSON"],
)
def test_a_kill_without_a_story_is_a_row_that_says_so(read, kill):
    article = read(kill, "a.json" if kill[0] == "{" else "a.xml").article
    assert (article.status, article.text, article.headline) == ("cancelled", "", "Rain")
    assert article.source_id
    from transforms.cleaning import clean

    assert clean(article).text == ""


def test_a_kill_of_nothing_is_refused(read):
    assert read('{"status": "killed", "title": "Rain"}', "a.json").reasons == ["missing_text"]
