"""Clean one article: marks, hygiene and residue, looked for until nothing is left, as one edit list."""

from copy import copy
from dataclasses import dataclass

from schemas.records import CleanArticle, Edit, Embed, RawArticle
from transforms.cleaning import lift
from transforms.cleaning.gaps import to_edits
from transforms.cleaning.hygiene import hygiene_edits
from transforms.cleaning.matching import matcher
from transforms.cleaning.residue import find_residue
from transforms.cleaning.rules import Rule
from transforms.cleaning.sheet import Post
from transforms.cleaning.views import own_bytes
from transforms.edits import EditMap, apply_edits, compose

MAX_LOOKED_CHARS = 12_000_000
"""A removal can bring to light another, and two looks suffice for real articles. A text heaped up so that the looks at
it would read more than this, and more than `MIN_LOOKS` times its length, is hostile and stays as it is."""
MIN_LOOKS = 12
"""Looks that a text gets whatever its length."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a run cleans: `keep` names kinds that stay in the text, `rules` are a newsroom's own, after the built-in."""

    keep: frozenset[str] = frozenset()
    rules: tuple[Rule, ...] = ()


DEFAULT = Policy()


def clean(article: RawArticle, policy: Policy = DEFAULT) -> CleanArticle:
    """Clean an article's text into a list of edits; what bylines, datelines, credits and posts tell goes into fields.

    Kinds that the policy keeps stay in the text, and still fill the fields. The result's text and edits give back the
    raw text exactly (`edits.rebuild_raw`), and cleaning the clean text changes nothing more: that is why a text for
    which `MAX_LOOKED_CHARS` don't suffice is cleaned of its marks alone.
    """
    of_marks = _of_marks(article, policy)
    return (_look_through(article, policy, of_marks) or of_marks).article(article)


@dataclass(slots=True)
class _State:
    """How far an article is cleaned: its text, the edits that led there, and what they told."""

    text: str
    edits: list[Edit]
    found: lift.Fields
    posts: dict[int, Embed]

    def article(self, raw: RawArticle) -> CleanArticle:
        return CleanArticle(
            raw=raw,
            text=self.text,
            edits=tuple(self.edits),
            embeds=tuple(self.posts[start] for start in sorted(self.posts)),
            byline=self.found.byline,
            credit=self.found.credit,
            dateline_place=self.found.dateline_place,
            dateline_agency=self.found.dateline_agency,
        )


def _of_marks(article: RawArticle, policy: Policy) -> _State:
    """What the format itself had marked is out, or kept."""
    found = lift.Fields(article)
    edits = to_edits(article.text, lift.from_marks(article, policy.keep, found))
    posts = {post.raw_start: post for post in lift.embeds_of_marks(article)}
    return _State(apply_edits(article.text, edits), edits, found, posts)


def _look_through(article: RawArticle, policy: Policy, begin: _State) -> _State | None:
    """Look at the text and take out what is seen until nothing is; None where that takes more than it may."""
    rules = matcher(policy.rules)
    found, posts = copy(begin.found), dict(begin.posts)
    edits, text = begin.edits, begin.text
    seen: dict[str, list[int]] = {}
    left_chars = max(MAX_LOOKED_CHARS, MIN_LOOKS * len(text))
    while left_chars >= len(text):
        left_chars -= len(text)
        before = text
        own = own_bytes(text)
        tidy = hygiene_edits(text, own)
        if tidy:
            edits = compose(article.text, edits, tidy)
            text = apply_edits(text, tidy)
            own = own_bytes(text)
        residue = find_residue(text, rules, seen, own)
        carry = EditMap(edits if residue.posts else [])
        for post in residue.posts:
            embed = _embed(article, post, *carry.to_raw(post.start, post.end))
            posts.setdefault(embed.raw_start, embed)
        for removal in residue.removals:
            for field, start, end in removal.lifts:
                found.offer(field, text[start:end])
        cuts = to_edits(text, [removal for removal in residue.removals if removal.kind not in policy.keep])
        if cuts:
            edits = compose(article.text, edits, cuts)
            text = apply_edits(text, cuts)
        if text == before:
            return _State(text, edits, found, posts)
    return None


def _embed(article: RawArticle, post: Post, raw_start: int, raw_end: int) -> Embed:
    return Embed(
        embed_id=lift.embed_id(article, raw_start),
        platform=post.platform,
        author_name=post.author_name,
        handle=post.handle,
        posted_us=post.posted_us,
        text=post.text,
        links=" ".join(post.links),
        raw_start=raw_start,
        raw_end=raw_end,
    )
