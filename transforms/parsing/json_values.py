"""JSON bytes to values without the traps: depth checked first, digits of long numbers kept, repeated keys noticed."""

import json
import re
from typing import Any

import orjson

from schemas.limits import Limits
from transforms.parsing.decoding import decode
from transforms.parsing.refusal import Refusal, check_elements

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.S)


class Digits(str):
    """A number with a point or an exponent, as its digits stood in the record."""

    __slots__ = ()


def check_depth(data: bytes, limits: Limits) -> None:
    """Raise `Refusal("too_deep")` for JSON nested beyond the limit, in one pass and without parsing."""
    deepest = limits.max_nesting_depth
    if data.count(b"[") + data.count(b"{") <= deepest:
        return
    depth = 0
    for byte in _STRINGS.sub(b"", data).translate(None, _NOT_BRACKETS):
        if byte in b"[{":
            depth += 1
            if depth > deepest:
                raise Refusal("too_deep", f"JSON nested deeper than max_nesting_depth, {deepest}")
        else:
            depth -= 1


_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def load_json(content: bytes, limits: Limits) -> tuple[Any, dict[str, Any]]:
    """Parse a record; returns its value and notes on what was mended. Raises `Refusal`.

    orjson reads what is sound. What it refuses or would bend goes to the standard library: lone surrogates, raw control
    characters in strings, numbers beyond 64 bits or with a point, of which the digits are kept.
    """
    text, notes = "", dict[str, Any]()
    if content[:1] in (b"\xef", b"\xff", b"\xfe", b"\0") or b"\0" in content[:4]:
        text, notes = decode(content, limits)
        content = text.encode()
    check_depth(content, limits)
    check_elements(content.count(b"{") + content.count(b"["), limits)
    try:
        value = orjson.loads(content)
        if not _has_float(value):
            return value, notes
    except orjson.JSONDecodeError:
        pass
    if not text:
        text, notes = decode(content, limits)
    try:
        return json.loads(text, strict=False, parse_constant=_no_constant, parse_float=Digits), notes
    except json.JSONDecodeError as problem:
        raise Refusal("malformed", f"JSON: {problem.msg} at line {problem.lineno} column {problem.colno}") from None
    except ValueError as problem:
        raise Refusal("malformed", f"JSON: {problem}") from None


def _has_float(value: Any) -> bool:
    """Whether a float is among the values: a number whose digits orjson may have bent."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, float):
            return True
        if isinstance(item, dict):
            stack += item.values()
        elif isinstance(item, list):
            stack += item
    return False


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def plain_value(value: Any) -> Any:
    """A value for `extra`: digits become numbers again where a float holds them exactly, else stay digits."""
    if isinstance(value, Digits):
        number = float(value)
        return number if sum(map(str.isdigit, value)) <= 15 and number - number == 0 else str(value)
    if isinstance(value, dict):
        return {key: plain_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_value(item) for item in value]
    return value


def repeated_keys(content: bytes, names: tuple[str, ...]) -> dict[str, list[Any]]:
    """Earlier values of keys that a record has twice, which every JSON parser drops in silence."""
    if not any(content.count(b'"%s"' % name.encode()) > 1 for name in names):
        return {}
    dropped: dict[str, list[Any]] = {}

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                dropped.setdefault(key, []).append(found[key])
            found[key] = value
        return found

    try:
        json.loads(content.decode("utf-8", "replace"), strict=False, object_pairs_hook=keep)
    except ValueError:
        return {}
    return dropped
