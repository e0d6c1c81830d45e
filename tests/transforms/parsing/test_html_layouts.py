# ruff: noqa: E501, pages stand here as they come
"""The whole article, and nothing beside it, from pages laid out as content systems do: all ten paragraphs, each once."""

import pytest


def paragraph(number: int) -> str:
    return (
        f"Paragraph {number} says that the ferry to Port Selwyn was late again, as Ann Hale of Harrow told the council."
    )


def some(first: int, last: int) -> str:
    return "".join(f"<p>{paragraph(number)}</p>" for number in range(first, last))


CARDS = "".join(
    f"<div class=card><h3><a href=/x{n}>Other story {n} about the pier</a></h3>"
    f"<p>A short teaser that says what the other story {n} is all about, at length.</p></div>"
    for n in range(8)
)
COMMENTS = "<li class='comment'><p>I think that the ferry is always late and nobody at the council cares.</p></li>" * 9
LINKED = "".join(
    f"<p>Paragraph {n} says that <a href=/y>the ferry to Port Selwyn was late again</a>, as <a href=/z>Ann Hale of"
    " Harrow</a> told the council.</p>"
    for n in range(10)
)
ELSEWHERE = "<p>Elsewhere the mayor of Harrow opened the new pier and praised its builders for their work.</p>" * 8
HEAD = "<h1>Ferry late again</h1>"
LAYOUTS = {
    "body cut in two": f"{HEAD}<div class='article-body'>{some(0, 5)}</div><div class='ad-slot'>Advertisement</div>"
    f"<div class='article-body'>{some(5, 10)}</div>",
    "body cut in rows": f"{HEAD}<div class=row><div class='article-body'>{some(0, 5)}</div></div><div class=row>"
    "<div class='newsletter'><p>Sign up and get the news of the harbour in your mail each morning.</p></div></div>"
    f"<div class=row><div class='article-body'>{some(5, 10)}</div></div>",
    "an element for each paragraph": f"{HEAD}<div class='article'>"
    + "".join(f"<div class=w><div class=x>{paragraph(n)}</div></div>" for n in range(10))
    + "</div>",
    "beginning apart": f"{HEAD}<div class=lede>{some(0, 2)}</div><div class=story><div class=rest>{some(2, 10)}</div></div>",
    "breaks": f"{HEAD}<div class=story>{'<br><br>'.join(paragraph(n) for n in range(10))}</div>",
    "table": f"<table><tr><td><a href=/>Home</a></td><td>{HEAD}{some(0, 10)}</td><td><aside>{CARDS}</aside></td></tr></table>",
    "blog": f"<article class='post hentry tag-ferry'><header><h1>Ferry late again</h1></header><div class='entry-content'>"
    f"{some(0, 10)}<div class='sharedaddy'><h3>Share this:</h3><ul><li><a href=#>Twitter</a></li></ul></div></div></article>"
    f"<div id='comments'><h2>9 thoughts on “Ferry”</h2><ol>{COMMENTS}</ol></div>",
    "another article below": f"<article>{HEAD}<div class='article-body'>{some(0, 10)}</div></article><article>"
    f"<h1>Another story altogether</h1><div class='article-body'>{ELSEWHERE}</div></article>",
    "list": f"{HEAD}<div class='article-body'>{some(0, 2)}<ol>"
    + "".join(f"<li><h3>Ferry {n}</h3>{some(n, n + 1)}</li>" for n in range(2, 10))
    + "</ol></div>",
    "quotations": f"{HEAD}<article>{''.join(f'<blockquote>{some(n, n + 1)}</blockquote>' for n in range(10))}</article>",
    "parts": f"{HEAD}<article>"
    + "".join(f"<section><h2>Part {n}</h2>{some(2 * n, 2 * n + 2)}</section>" for n in range(5))
    + "</article>",
    "links in every sentence": f"{HEAD}<article>{LINKED}</article>",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_whole_article_and_nothing_beside_it(read, layout):
    sidebar = "" if layout == "table" else f"<aside class='sidebar'>{CARDS}</aside>"
    article = read(
        f"<html><head><title>Ferry late again | Harrow Wire</title></head><body><header><nav><a href=/>Home</a></nav>"
        f"</header><main>{LAYOUTS[layout]}</main>{sidebar}<footer><p>Copyright Harrow Wire. All rights reserved, and "
        "that is meant.</p></footer></body></html>"
    ).article
    text, at = "", 0
    for mark in article.marks:
        text, at = text + article.text[at : mark.raw_start], mark.raw_end
    text += article.text[at:]
    assert [text.count(f"Paragraph {n} ") for n in range(10)] == [1] * 10
    assert article.headline == "Ferry late again"
    for other in (
        "Other story",
        "teaser",
        "Copyright",
        "nobody at",
        "Elsewhere",
        "Sign up",
        "Twitter",
        "Advertisement",
    ):
        assert other not in text
