"""The page of all cleaning rules, docs/cleaning.md, written from the rules themselves."""

from transforms.cleaning.matching import FOOT_UNITS, HEAD_UNITS
from transforms.cleaning.rules import Rule, built_in

IN_CODE = (
    (
        "tweet_signed",
        "tweet",
        "signed.py",
        "A post that ends in “— Name (@handle) March 3, 2019”, with its body before it.",
    ),
    ("tweet_prefixed", "tweet", "posts.py", "A paragraph that begins with “Name (@handle) ” and a capital letter."),
    ("tweet_undated", "tweet", "posts.py", "A paragraph that ends in “— Name (@handle)”."),
    (
        "tweet_widget",
        "tweet",
        "posts.py",
        "“Name @handle text 1:05 PM - 3 Mar 2019” in one paragraph, counts included.",
    ),
    (
        "tweet_linked",
        "tweet",
        "posts.py",
        "A paragraph that ends in pic.twitter.com/… or t.co/… and reports nobody's words.",
    ),
    ("tweet_element", "tweet", "posts.py", "A `<tweet …>` element as some archives write it."),
    ("instagram_signed", "tweet", "posts.py", "A caption that ends in “A post shared by Name (@handle) on …”."),
    ("facebook_signed", "tweet", "posts.py", "A post that ends in “Posted by Name on Friday, March 1, 2019”."),
    (
        "dropdown",
        "promo",
        "neighbours.py",
        "A person's drop-down list in a sentence: full name, glued headlines, MORE.",
    ),
    ("headline_in_capitals", "promo", "neighbours.py", "Another story's headline in capitals between two paragraphs."),
    (
        "links_below_a_label",
        "promo",
        "neighbours.py",
        "Lines without a full stop from a removed label (“Read more:”) to the end.",
    ),
    ("headline_at_foot", "promo", "neighbours.py", "Other stories' headlines after the last sentence."),
    ("tag_list", "promo", "neighbours.py", "The tags after “Tags:” or “Filed under:”, to the end."),
    (
        "author_name",
        "caption_credit",
        "neighbours.py",
        "A portrait's caption: nothing but the name of the removed biography.",
    ),
    ("mojibake", "hygiene", "hygiene.py", "UTF-8 read as Windows-1252 becomes the character that was meant."),
    ("soft_hyphen", "hygiene", "hygiene.py", "A soft hyphen goes."),
    ("zero_width", "hygiene", "hygiene.py", "A mark without width goes, unless letters or emoji beside it need it."),
    ("control", "hygiene", "hygiene.py", "A control character goes."),
    ("glued_agency", "hygiene", "hygiene.py", "“(CNN)Rain” gets its space."),
)
"""Rules that no pattern can hold: name, kind, file, what it does."""

_TITLES = {
    "tweet": "Social posts (`tweet`)",
    "advertisement": "Advertisement labels (`advertisement`)",
    "promo": "Calls, links to other stories, navigation (`promo`)",
    "caption_credit": "Captions and photo credits (`caption_credit`)",
    "byline": "Bylines, biographies, contacts (`byline`)",
    "dateline": "Datelines (`dateline`)",
    "agency_footer": "Reporting credits and provenance (`agency_footer`)",
    "share_links": "Share buttons (`share_links`)",
    "copyright": "Copyright lines (`copyright`)",
    "hygiene": "Text hygiene (`hygiene`)",
}

_HEAD = f"""# What cleaning removes, and by which rule

Every removal is a row of the `removals` table with its kind, its rule, its raw offsets and its text. Find the rule here
by its name. Raw text and removals give back the clean text exactly, and the other way round.

* `--keep KIND…` leaves kinds in the text; the article's fields and the `embeds` table are filled all the same.
* `--rules FILE` adds a newsroom's own rules, written as below.
* Posts become rows of `embeds`; bylines, datelines and credits fill the article's columns where the record had none.
* What stays: headlines, decks, subheads, lists, tables, pull quotes, letters' signatures, corrections and updates,
  block quotations, a post quoted in prose.
* The blank line that a removed paragraph would leave goes with it.
* Cleaning what is clean changes nothing. A text so full of residue upon residue that finding it all would take more
  than `MAX_LOOKED_CHARS` (`article.py`) stays as it is.

## Writing a rule

A rules file is TOML with one `[[rule]]` table a rule:

```toml
[[rule]]
name = "gazette_club"          # what the removals table shows
kind = "promo"                 # one of the kinds below
scope = "paragraph"            # the pattern matches the whole paragraph; or its start, its end, or something inside
pattern = "(?i)join the gazette readers' club.*"
example = "⟦Join the Gazette Readers' Club today!⟧"
why = "Our own subscription call."
place = "foot"                 # any (default), head or foot: under {HEAD_UNITS} or {FOOT_UNITS} kept paragraphs away
near = false                   # true: only beside a removed paragraph of the same kind, or three in a row
needs = "(?i)club"             # a cheap pattern, for one that begins with .* and would be tried everywhere
unless = "said"                # where this is found in what would go, nothing goes
max_chars = 400                # longer paragraphs are left alone
keeps = ["Join the club, she said."]
```

Patterns are [RE2](https://github.com/google/re2/wiki/Syntax): linear in the text, without look-around or references.
They see curly quotes as straight ones, every dash longer than a hyphen as —, every blank as a space. `(?P<cut>…)` marks
what goes where that is less than the match; `(?P<byline>…)`, `(?P<credit>…)`, `(?P<dateline_place>…)` and
`(?P<dateline_agency>…)` fill the article's fields. A `[parts]` table names pieces for use as `{{{{piece}}}}`. A file
that can't be used is refused at the start, with the line.

To add a rule to the package, write it into the file of its kind in `transforms/cleaning/rules/`, with an example of
your own and what it must keep, run `pytest tests/transforms/cleaning`, and write this page anew with
`python -m transforms.cleaning.catalog > docs/cleaning.md`.
"""


def markdown() -> str:
    """The whole page."""
    parts = [_HEAD]
    for kind, title in _TITLES.items():
        parts.append(f"\n## {title}\n")
        parts += [f"* `{name}` ({file}): {text}\n" for name, of, file, text in IN_CODE if of == kind]
        parts += [_entry(rule) for rule in built_in() if rule.kind == kind]
    return "".join(parts)


def _entry(rule: Rule) -> str:
    where = "" if rule.place == "any" else f", at the {rule.place}"
    beside = ", beside others of its kind" if rule.near else ""
    marked = rule.example if "⟦" in rule.example else f"⟦{rule.example}⟧"
    lines = [f"* `{rule.name}` ({rule.scope}{where}{beside}): {rule.why}  \n  `{marked}`\n"]
    lines += [f"  stays: `{keep}`\n" for keep in rule.keeps]
    return "".join(lines)


if __name__ == "__main__":
    print(markdown(), end="")
