# ruff: noqa: E501, messages stand here as they come
"""Pages: the whole body, posts and ad slots under marks, chrome left out, and hostile markup refused in time."""

import time
from datetime import UTC, datetime

import pytest

from schemas.limits import Limits
from transforms.parsing.html_tree import parse_markup
from transforms.parsing.refusal import Refusal


def marked(article, kind):
    return [article.text[mark.raw_start : mark.raw_end] for mark in article.marks if mark.kind == kind]


TWEET = (
    '<blockquote class="twitter-tweet"><p lang="en">Rain again<br>and again <a href="https://t.co/Ab1">pic.twitter.com/Ab1</a></p>'
    '&mdash; Ada Lane (@adalane) <a href="https://twitter.com/adalane/status/1234567890">May 12, 2024</a></blockquote>'
    '<script src="https://platform.twitter.com/widgets.js"></script>'
)


def test_a_post_stands_in_the_text_under_its_mark(read, page):
    article = read(page(TWEET)).article
    (post,) = [mark for mark in article.marks if mark.kind == "tweet"]
    told = dict(post.attributes)
    assert (told["platform"], told["author_name"], told["handle"]) == ("twitter", "Ada Lane", "adalane")
    assert told["posted_at"] == "2024-05-12"
    assert told["links"] == "https://t.co/Ab1 https://twitter.com/adalane/status/1234567890"
    assert article.text[post.raw_start : post.raw_end].startswith("Rain again\nand again")
    assert article.text[post.raw_start : post.raw_end].endswith("May 12, 2024")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            '<blockquote class="twitter-tweet"><a href="https://twitter.com/adalane/status/1234567890"></a></blockquote>',
            "https://twitter.com/adalane/status/1234567890",
        ),
        (
            '<div class="twitter-tweet"><p>Rain again</p><a href="https://twitter.com/adalane/status/1234567890">9:00 AM</a></div>',
            "Rain again\n\n9:00 AM",
        ),
        (f'<div class="tweet-embed">{TWEET}</div>', "Rain again\nand again"),
    ],
)
def test_posts_that_scripts_fill_or_that_stand_in_other_elements(read, page, markup, text):
    article = read(page(markup)).article
    (post,) = [mark for mark in article.marks if mark.kind == "tweet"]
    assert article.text[post.raw_start : post.raw_end].startswith(text)
    assert dict(post.attributes)["handle"] == "adalane"
    assert article.text.count("It rained hard") == 16


def test_a_genuine_block_quotation_is_no_post(read, page):
    article = read(page("<blockquote><p>“It rained,” the report says, “for forty days.”</p></blockquote>")).article
    assert "forty days" in article.text
    assert not article.marks


def test_ad_slots_captions_and_shares_are_marked(read, page):
    inner = (
        '<div class="ad-slot">Advertisement</div>'
        '<figure><img src="x.jpg"><figcaption>The fair. Photo: Bo Reed</figcaption></figure>'
        '<div class="share-tools"><a href="#">Share</a><a href="#">Tweet</a></div>'
        '<aside><h3><a href="/a">Another story</a></h3></aside>'
    )
    article = read(page(inner)).article
    assert marked(article, "advertisement") == ["Advertisement"]
    assert marked(article, "caption_credit") == ["The fair. Photo: Bo Reed"]
    assert len(marked(article, "share_links")) == 1
    assert marked(article, "promo") == ["Another story"]
    assert all(one.raw_end <= two.raw_start for one, two in zip(article.marks, article.marks[1:], strict=False))


def test_chrome_and_scripts_are_no_text(read, page):
    text = read(page('<script>var ad = "Advertisement";</script><style>p{}</style><!-- note -->')).article.text
    assert not any(word in text for word in ("Home", "Imprint", "Advertisement", "note", "{"))


def test_a_word_about_ads_in_a_sentence_stays(read, page):
    article = read(page("<p>Advertisement is a craft, the fair's manager said on Monday.</p>")).article
    assert "Advertisement is a craft" in article.text
    assert not article.marks


def test_what_follows_the_end_is_marked(read, page):
    inner = "<h3>Related stories</h3><p>Short one</p><p>Short two</p>"
    html = page().replace("</div><footer>", inner + "</div><footer>")
    article = read(html).article
    assert marked(article, "promo") == ["Related stories\n\nShort one\n\nShort two"]


def test_prose_after_a_related_heading_is_kept(read, page):
    article = read(page("<h3>More</h3>", paragraphs=6)).article
    assert not marked(article, "promo")


def test_head_tells_headline_date_byline_and_url(read, page):
    ld = (
        '<script type="application/ld+json">{"@graph":[{"@type":"WebSite"},{"@type":"NewsArticle","headline":"Rain wins","author":'
        '[{"name":"Ada Lane"},{"name":"By Bo Reed"}],"datePublished":"2024-05-12T10:00:00Z","publisher":{"name":"VP"}}]}</script>'
    )
    article = read(page(head=ld + '<link rel="canonical" href="https://vp.example/rain">')).article
    assert (article.headline, article.byline, article.provider) == ("Rain wins", "Ada Lane, Bo Reed", "VP")
    assert (article.url, article.published_us, article.language) == (
        "https://vp.example/rain",
        1_715_508_000_000_000,
        "en",
    )
    og = '<meta property="og:title" content="OG rain"><meta property="article:published_time" content="2024-05-12"><meta name=author content="By Ada">'
    article = read(page(head=og)).article
    assert (article.headline, article.byline, article.date_flag) == ("OG rain", "Ada", "day_only")


@pytest.mark.parametrize(
    ("shown", "day"),
    [
        ('<div class="post-date">Published: May 12th, 2024 at 10:00 am</div>', "2024-05-12"),
        ('<span class="article-timestamp">By Ada Lane, 12 May 2024</span>', "2024-05-12"),
        ('<p class="date">2024-05-12</p>', "2024-05-12"),
        ('<link rel="canonical" href="https://vp.example/news/2024/05/12/rain/">', "2024-05-12"),
        ('<div class="date">Founded in 1999, open daily</div>', None),
    ],
)
def test_a_date_that_is_only_shown_is_read(read, page, shown, day):
    us = read(
        page(head=shown if shown.startswith("<link") else "", inner="" if shown.startswith("<link") else shown)
    ).article.published_us
    assert (us is None) == (day is None)
    assert day is None or datetime.fromtimestamp(us / 1e6, UTC).date().isoformat() == day


@pytest.mark.parametrize("ld", ["{", "[" * 100_000, '{"@graph":' * 900, "null", '{"@type":["NewsArticle"],"author":5}'])
def test_broken_json_ld_costs_nothing(read, page, ld):
    assert read(page(head=f'<script type="application/ld+json">{ld}</script>')).article.headline == "Rain at the fair"


def test_a_page_filled_by_scripts_is_read_from_its_data(read):
    body = "It rained hard in Northport on Monday. " * 6
    ld = f'<script type="application/ld+json">{{"@type":"NewsArticle","articleBody":"{body}"}}</script>'
    assert read(f"<html><head>{ld}</head><body><div id=app></div></body></html>").article.text.strip() == body.strip()


def test_declared_encodings_are_read(read, page):
    html = page("<p>The caf\u00e9 at \u00c9vry was full, the owner said.</p>", head='<meta charset="iso-8859-1">')
    assert "caf\u00e9 at \u00c9vry" in read(html.encode("cp1252")).article.text


def test_a_page_without_an_article_says_so(read):
    found = read("<html><body><nav><a href=/>Home</a></nav><form><input></form></body></html>")
    assert found.reasons == ["no_article"]


@pytest.mark.parametrize(
    "inner",
    [
        "<p>Copyright Valley Press, all rights reserved, reproduction in whole or part is not permitted</p>" * 3,
        "<ul>" + "<li>Harbour office, Northport, open Monday to Friday, telephone 555 0100</li>" * 6 + "</ul>",
        "<p>Plots: 1</p><p>Points: 0</p>" * 20,
    ],
)
def test_imprints_and_lists_are_no_article(read, inner):
    assert read(f"<html><body><div>{inner}</div></body></html>").reasons == ["no_article"]


@pytest.mark.parametrize(
    "sentence",
    [
        "市长周一表示，港口的罢工将在本周结束。",
        "नगर परिषद ने सोमवार को नया पुल खोलने का फैसला किया है।",
        "นายกเทศมนตรีกล่าวเมื่อวันจันทร์ว่าการนัดหยุดงานจะสิ้นสุดลง",
    ],
)
def test_an_article_in_any_script_is_one(read, sentence):
    found = read(f"<html><body><article>{f'<p>{sentence * 3}</p>' * 4}</article></body></html>")
    assert found.article.text.count(sentence) == 12


def test_double_escapes_and_line_breaks(read, page):
    article = read(
        page("<p>One &amp;quot;two&amp;quot;<br>three<br><br>four, said the mayor of Northport.</p>")
    ).article
    assert "One &quot;two&quot;\nthree\n\nfour," in article.text


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("<div>" * 200_000, "too_deep"),
        ("<b><p>" * 3_000, "too_deep"),
        ("".join(f"<p><font size={n}>" for n in range(3_000)), "too_deep"),
        ("<table><tr><td>" * 1_000, "too_deep"),
        ("<div>" * 300_000, "too_deep"),
        ("<br>" * 300_000, "too_large"),
        ("<p>x</p>" * 300_000, "too_large"),
        ("<a " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x</a>", "malformed"),
        ("<a " + " ".join(f'a{n}="<"' for n in range(50_000)) + ">x</a>", "malformed"),
        ("<a " + " ".join(f"a{n}" for n in range(50_000)) + ">x</a>", "malformed"),
    ],
)
def test_hostile_nesting_and_attributes_are_refused_before_parsing(markup, reason):
    with pytest.raises(Refusal) as refusal:
        parse_markup(markup, Limits())
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "inner",
    [
        "<table>" + "<tr><td>Ferry<td><b>9:00</b>" * 2_000 + "</table>",
        "<ul>" + "<li>Ferry <i>one</i>" * 2_000 + "</ul>",
        "<dl>" + "<dt>Ferry<dd><p>One<p>Two" * 1_000 + "</dl>",
        "<b>" * 5_000,
        "<!-- x -->" * 20_000,
        "<!--" * 1_000,
        '<img src="data:image/png;base64,' + "A" * 1_000_000 + '">',
        "<p>" * 5_000,
    ],
)
def test_odd_markup_still_gives_the_article(read, page, inner):
    assert "It rained hard in Northport" in read(page(inner)).article.text


@pytest.mark.parametrize(
    "repeat",
    [
        "<div><h3><a href=x>y</a></h3></div>",
        "<ul><li><a href=x>y</a></li></ul>",
        "<blockquote><p>x</p>— A (@a) May 1, 2020</blockquote>",
        "<i>x</i> ",
        "<p>2 comments</p>",
        "<",
        "<!--",
    ],
)
def test_time_grows_with_size(read, page, repeat, growth):
    def seconds(times):
        html = page(repeat * times)
        start = time.process_time()
        read(html)
        return time.process_time() - start

    assert growth(seconds, 2_000, 4_000) < 3


def test_a_name_with_a_card_behind_it_stays_in_its_sentence(read, page):
    card = '<span class="hover-rollover"><a class="rollover-link" href="/ada">Ada Lane</a><span class="rollover-card">Ada Lane. More on Ada Lane and the fair of last year.</span></span>'
    term = 'the <span class="tooltip">spillway</span> above the town'
    text = read(page(f"<p>The engineer {card} said {term} would hold until Friday at the least.</p>")).article.text
    assert "The engineer Ada Lane said the spillway above the town would hold" in text
    assert "More on" not in text


def test_a_label_on_every_paragraph_says_nothing(read):
    prose = "".join(
        f'<p class="player-text">Paragraph {n} of the story about the rain and the fair in Northport.</p>'
        for n in range(8)
    )
    walled = "".join(
        f'<div class="paywall"><p>Part {n} of what subscribers read about the rain at the fair.</p></div>'
        for n in range(8)
    )
    article = read(f"<html><body><article>{prose}{walled}</article></body></html>").article
    assert not article.marks
    assert all(f"Paragraph {n} " in article.text and f"Part {n} " in article.text for n in range(8))


def test_the_headline_tells_the_article_from_a_longer_dialog(read):
    story = "<h1>Rain at the fair</h1>" + "<p>It rained hard on the fair in Northport, the mayor said.</p>" * 6
    rules = "<p>The fact of registration means that the reader accepts the rules of the site.</p>" * 4
    found = read(f"<html><body><div><div>{rules}</div><div>{story}</div></div></body></html>").article
    assert "registration" not in found.text
    assert found.text.count("It rained hard") == 6


def test_comments_longer_than_the_article_are_not_the_article(read):
    story = "<h1>Rain at the fair</h1>" + "<p>It rained hard on the fair in Northport, the mayor said.</p>" * 6
    talk = "<div><p>I was there and nobody minded the rain, whatever the mayor said.</p></div>" * 30
    found = read(
        f"<html><body><div><div>{story}</div><div><div>30 comments</div>{talk}</div></div></body></html>"
    ).article
    assert "nobody minded" not in found.text
    assert found.text.count("It rained hard") == 6
    above = read(f"<html><body><div><div><a href=#c>30 comments</a>{story}</div></div></body></html>").article
    assert above.text.count("It rained hard") == 6


def test_a_body_that_scripts_would_show_is_read(read):
    prose = "<p>It rained hard on the fair in Northport, the mayor said.</p>" * 6
    found = read(
        f'<html><body><nav>Home</nav><div hidden><article style="display:none">{prose}</article></div></body></html>'
    )
    assert found.article.text.count("It rained hard") == 6


def test_a_page_that_shows_a_beginning_is_read_from_its_data(read, page):
    body = "It rained hard in Northport on Monday, and the fair went on. " * 60
    ld = f'<script type="application/ld+json">{{"@type":"NewsArticle","articleBody":"{body}"}}</script>'
    assert read(page(head=ld, paragraphs=1)).article.text.strip() == body.strip()


def test_date_lines_are_marked_and_sentences_are_not(read, page):
    lines = "<p>Valley Press<br>Published Monday, May 12, 2024 8:22AM EST</p><p>On May 12 it rained.</p>"
    html = page().replace('<div class="article-body">', f'<div class="article-body">{lines}')
    article = read(html).article
    assert marked(article, "byline") == ["Published Monday, May 12, 2024 8:22AM EST"]
    assert "On May 12 it rained." in article.text


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ('<p class="author">Ada Lane</p>', True),
        ("<p>Published May 12, 2024 10:00 AM</p>", False),
        ('<div class="meta">May 12, 2024</div>', False),
        ('<div class="posted">Posted in: Fairs</div>', False),
        ('<div class="author-line">By May 12, 2024</div>', False),
    ],
)
def test_a_line_of_date_or_section_names_no_author(read, page, line, author):
    html = page().replace("<p>", f"{line}<p>", 1)
    (mark,) = [mark for mark in read(html).article.marks if mark.kind == "byline"]
    assert (mark.attributes == ()) is author
    assert author or dict(mark.attributes) == {"byline": ""}


@pytest.mark.parametrize("names", ["estimated-read-time", "reading-time", "readingtime", "robots-nocontent"])
def test_what_a_page_says_of_its_reading_or_to_robots_is_no_text(read, page, names):
    article = read(page(f'<p class="{names}">2 minutes, or an hour for the slow.</p>')).article
    assert "the slow" not in article.text
    assert article.text.count("It rained hard") == 16
