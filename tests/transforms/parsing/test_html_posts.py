# ruff: noqa: E501, embed code stands here as it comes
"""Posts in whatever embed code a page has for them: each a mark once, with its text or, where there is none, its address."""

import html
import time

import pytest

from transforms.parsing.html_addresses import MAX_ADDRESS_CHARS, named_post, post_url
from transforms.parsing.html_posts import MAX_EMBED_CODE_CHARS
from transforms.parsing.tree import Node

TWEET = "https://twitter.com/adalane/status/1234567890123"
BY_NUMBER = "https://twitter.com/i/status/1234567890123"
QUOTED = (
    '<blockquote class="twitter-tweet"><p lang="en">Rain again, and no band</p>'
    f'&mdash; Ada Lane (@adalane) <a href="{TWEET}">May 12, 2024</a></blockquote>'
)
TEXT = "Rain again, and no band\n\n— Ada Lane (@adalane) May 12, 2024"


def posts(article):
    return [
        (dict(mark.attributes)["platform"], article.text[mark.raw_start : mark.raw_end])
        for mark in article.marks
        if mark.kind == "tweet"
    ]


@pytest.mark.parametrize(
    ("markup", "platform", "address"),
    [
        ('<amp-twitter width="375" data-tweetid="1234567890123"></amp-twitter>', "twitter", BY_NUMBER),
        ('<twitter-widget data-tweet-id="1234567890123"></twitter-widget>', "twitter", BY_NUMBER),
        ('<news-tweet tweet-id="1234567890123"></news-tweet>', "twitter", BY_NUMBER),
        ('<div class="embed" data-tweet-id="1234567890123"></div>', "twitter", BY_NUMBER),
        (f'<div class="embed" data-oembed-url="{TWEET}"><div></div></div>', "twitter", TWEET),
        (f'<figure class="media"><oembed url="{TWEET}"></oembed></figure>', "twitter", TWEET),
        (f'<figure class="wp-block-embed"><div>\n{TWEET}\n</div></figure>', "twitter", TWEET),
        (f'<p><a href="{TWEET}">{TWEET}</a></p>', "twitter", TWEET),
        (
            '<iframe src="https://platform.twitter.com/embed/Tweet.html?id=1234567890123"></iframe>',
            "twitter",
            BY_NUMBER,
        ),
        (
            '<iframe src="about:blank" data-src="https://frames.example/show?url=https%3A%2F%2Ftwitter.com%2Fadalane%2Fstatus%2F1234567890123"></iframe>',
            "twitter",
            TWEET,
        ),
        ('<amp-instagram data-shortcode="Ab3dE"></amp-instagram>', "instagram", "https://www.instagram.com/p/Ab3dE/"),
        (
            '<iframe src="https://www.instagram.com/p/Ab3dE/embed/"></iframe>',
            "instagram",
            "https://www.instagram.com/p/Ab3dE/embed/",
        ),
        (
            '<iframe src="https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Fada%2Fposts%2F12&width=5"></iframe>',
            "facebook",
            "https://www.facebook.com/ada/posts/12",
        ),
        (
            '<amp-tiktok data-src="6948210747285"></amp-tiktok>',
            "tiktok",
            "https://www.tiktok.com/embed/v2/6948210747285",
        ),
        (
            '<iframe class="mastodon-embed" src="https://toots.example/@ada/1098765/embed"></iframe>',
            "mastodon",
            "https://toots.example/@ada/1098765",
        ),
    ],
)
def test_a_post_named_and_not_shown_is_its_address(read, page, markup, platform, address):
    article = read(page(markup)).article
    assert posts(article) == [(platform, address)]
    assert address in dict(article.marks[0].attributes)["links"].split()
    assert article.text.count("It rained hard") == 16


def test_a_frame_s_text_for_browsers_without_frames_is_no_post_s(read, page):
    frame = '<iframe src="https://platform.twitter.com/embed/Tweet.html?id=1234567890123">No frames here</iframe>'
    assert posts(read(page(frame)).article) == [("twitter", BY_NUMBER)]


def test_a_number_alone_tells_no_author(read, page):
    (mark,) = read(page('<amp-twitter data-tweetid="1234567890123"></amp-twitter>')).article.marks
    assert "handle" not in dict(mark.attributes)


@pytest.mark.parametrize(
    "markup",
    [
        f'<div class="lazy"><noscript>{QUOTED}</noscript></div>',
        f'<div style="display:none">{QUOTED}</div>',
        f'<div class="lazy" data-embed="{html.escape(QUOTED)}"></div>',
        f'<div data-tweet-id="1234567890123"><noscript>{QUOTED}</noscript></div>',
        f'<div data-tweet-id="1234567890123"></div><noscript>{QUOTED}</noscript>',
        f'<iframe src="https://platform.twitter.com/embed/Tweet.html?id=1234567890123"></iframe><div hidden>{QUOTED}</div>',
        f"{QUOTED}<noscript>{QUOTED}</noscript>",
        f'<div class="embed--tweet" data-tweet-url="{TWEET}">{QUOTED}</div>',
        f'<noscript>{QUOTED}</noscript><div class="lazy" data-embed="{html.escape(QUOTED)}"></div>',
    ],
)
def test_a_post_kept_for_scripts_is_there_once_with_its_text(read, page, markup):
    article = read(page(markup)).article
    assert posts(article) == [("twitter", TEXT)]
    assert dict(article.marks[0].attributes)["handle"] == "adalane"


def test_a_post_shown_twice_is_there_twice(read, page):
    assert posts(read(page(QUOTED + QUOTED)).article) == [("twitter", TEXT)] * 2


@pytest.mark.parametrize("before", [True, False])
def test_a_post_beside_the_body_is_the_article_s(read, page, before):
    html_page = (
        page()
        .replace('<div class="article-body">', '<article><div class="article-body">')
        .replace("<footer>", "</article><footer>")
    )
    lead = f'<div class="lead">{QUOTED}</div>'
    at = '<div class="article-body">' if before else "</article>"
    article = read(html_page.replace(at, lead + at)).article
    assert posts(article) == [("twitter", TEXT)]
    assert article.text.startswith("Rain again") is before
    assert article.text.count("It rained hard") == 16


@pytest.mark.parametrize(
    "markup",
    [
        f'<article class="card">{QUOTED}</article>',
        f"<aside><a href=/posts>More posts</a>{QUOTED}</aside>",
        f'<div class="sidebar">{QUOTED}</div>',
        f"<footer>{QUOTED}</footer>",
    ],
)
def test_a_post_of_another_article_or_a_sidebar_is_not(read, page, markup):
    html_page = (
        page()
        .replace('<div class="article-body">', '<article><div class="article-body">')
        .replace("<footer>", f"{markup}</article><footer>")
    )
    article = read(html_page).article
    assert not posts(article)
    assert "no band" not in article.text


@pytest.mark.parametrize(
    "markup",
    [
        f'<p>The mayor’s <a href="{TWEET}">post</a> was read by many, said Ada Lane.</p>',
        f"<p>The mayor wrote it at {TWEET} on Sunday.</p>",
        f'<div data-url="{TWEET}"><p>The mayor said so on Sunday.</p></div>',
        f'<blockquote cite="{TWEET}"><p>“The band stays at home.”</p></blockquote>',
        '<p><a href="https://twitter.com/adalane">https://twitter.com/adalane</a></p>',
        '<iframe src="https://www.facebook.com/plugins/like.php?href=https%3A%2F%2Fnews.example%2Frain"></iframe>',
        '<iframe src="https://platform.twitter.com/widgets/tweet_button.html?url=https%3A%2F%2Fnews.example"></iframe>',
        '<div class="share" data-tweet="1204"></div>',
        '<iframe src="https://video.example/embed/1234567890123">Rain</iframe>',
    ],
)
def test_what_only_mentions_a_post_is_none(read, page, markup):
    assert not posts(read(page(markup)).article)


def test_buttons_and_timelines_are_no_text_of_the_article(read, page):
    markup = (
        '<a class="twitter-timeline" href="https://twitter.com/adalane">Tweets by adalane</a>'
        '<div><a class="twitter-share-button" href="https://twitter.com/share">Tweet</a></div>'
    )
    article = read(page(markup)).article
    assert [(mark.kind, article.text[mark.raw_start : mark.raw_end]) for mark in article.marks] == [
        ("promo", "Tweets by adalane"),
        ("share_links", "Tweet"),
    ]


def test_embed_code_longer_than_its_limit_is_not_looked_through(read, page):
    def attribute(chars):
        code = QUOTED.ljust(chars)
        return read(page(f'<div data-embed="{html.escape(code)}"></div>')).article

    assert posts(attribute(MAX_EMBED_CODE_CHARS))
    assert not posts(attribute(MAX_EMBED_CODE_CHARS + 1))


def test_addresses_are_read_in_linear_time():
    began = time.process_time()
    for hostile in (
        "https://facebook.com/" + "a." * 100_000,
        "https://x.com/" + "i/" * 100_000,
        "https://" + "w" * 200_000,
    ):
        assert post_url(hostile) is None
        assert named_post(Node("iframe", {"src": hostile, "data-src": hostile + "?url=" * 1000})) is None
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "address",
    [
        "https://[",
        "https://frames.example/" + "?a=1" + "&a=1" * 60,
        "https://frames.example/" + "a" * MAX_ADDRESS_CHARS,
    ],
)
def test_odd_addresses_of_frames_are_no_posts(address):
    joined = "&" if "?" in address else "?"
    assert named_post(Node("iframe", {"src": f"{address}{joined}url={TWEET}"})) is None
