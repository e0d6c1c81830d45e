"""Tables in the docs that repeat a declaration of the code are written from it: `make docs` renews them."""

import argparse
import dataclasses
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli import _parser
from pipeline.displays import LINE_EVERY_S, Shown, parts
from pipeline.help_texts import EXIT_CODES, VERBS
from pipeline.progress import RATE_OVER_S
from pipeline.tally import Totals
from schemas.failures import NEXT_STEP
from schemas.limits import DEFAULT, Limits
from schemas.metrics import METRICS
from transforms.parsing.json_articles import NAMES
from transforms.parsing.settings import FIELDS

REGION = re.compile(r"(?P<begin><!-- generated: (?P<name>\w+) -->\n)(?P<body>.*?)(?P<end><!-- end -->)", re.S)


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(line)} |\n" for line in (heads, ("---",) * len(heads), *rows))


def fields() -> str:
    assert list(NAMES) == list(FIELDS)
    return table(("field", "names"), [(name, ", ".join(f"`{key}`" for key in keys)) for name, keys in NAMES.items()])


def failures() -> str:
    return table(
        ("reason", "what it means and what to do"), [(f"`{reason}`", text) for reason, text in NEXT_STEP.items()]
    )


def limits() -> str:
    def shown(value: float) -> str:
        return (
            f"{value // 2**20} MiB" if isinstance(value, int) and value >= 2**20 and not value % 2**20 else f"{value:,}"
        )

    told = dict(re.findall(r"^    (\w+): (.+)$", Limits.__doc__ or "", re.M))
    assert list(told) == [field.name for field in dataclasses.fields(Limits)], "each limit says what happens beyond it"
    return table(
        ("limit", "default", "what it bounds"),
        [(f"`{name}`", shown(value), told[name]) for name, value in dataclasses.asdict(DEFAULT).items()],
    )


def verbs_of_the_command() -> dict[str, argparse.ArgumentParser]:
    (action,) = (one for one in _parser()._actions if isinstance(one, argparse._SubParsersAction))
    return dict(action.choices)


def flags() -> str:
    rows = []
    for action in verbs_of_the_command()["run"]._actions:
        if action.dest == "help" or hasattr(DEFAULT, action.dest):
            continue
        values = action.metavar or (f"{{{','.join(map(str, action.choices))}}}" if action.choices else "")
        text = (action.help or "") % {"default": action.default}
        rows.append((f"`{action.option_strings[0]} {values or action.dest.upper()}`".replace("|", "\\|"), text))
    return table(("flag", "what it does"), rows)


def verbs() -> str:
    rows = []
    for verb, parser in verbs_of_the_command().items():
        if verb in ("run", "check"):
            continue
        words = [f"[{one.option_strings[0]} …]" for one in parser._actions if one.option_strings and one.dest != "help"]
        words += [str(one.metavar or one.dest.upper()) for one in parser._actions if not one.option_strings]
        rows.append((f"`wirecopy {' '.join([verb, *words])}`", " ".join(VERBS[verb][0].split())))
    return table(("command", "what it does"), rows)


def exit_codes() -> str:
    return table(("exit code", "what it means"), [(str(code), meaning) for code, meaning in EXIT_CODES.items()])


def metrics() -> str:
    rows = [(f"`{name}`", one.kind, one.what, one.moves) for name, one in METRICS.items()]
    return table(("name", "kind", "what it counts", "when it moves"), rows)


def ratios() -> str:
    recorded = json.loads((Path(__file__).parents[2] / "benchmarks" / "recorded.json").read_text())
    rows = [(name, f"×{value:.2f}") for name, value in recorded["ratios"].items()]
    return f"{recorded['date']}, {recorded['machine']}:\n\n" + table(("ratio", "recorded"), rows)


GENERATORS: dict[str, Callable[[], str]] = {
    "fields": fields,
    "failures": failures,
    "limits": limits,
    "flags": flags,
    "verbs": verbs,
    "exit_codes": exit_codes,
    "metrics": metrics,
    "ratios": ratios,
}


@pytest.mark.parametrize("page", ["docs/run.md", "docs/operate.md", "docs/performance.md"])
def test_a_generated_table_says_what_the_code_says(page: str, repository: Path) -> None:
    text = (repository / page).read_text()
    renewed = REGION.sub(lambda region: region["begin"] + GENERATORS[region["name"]]() + region["end"], text)
    if os.environ.get("WIRECOPY_RENEW_DOCS"):
        (repository / page).write_text(renewed)
    else:
        assert renewed == text, f"{page} differs from the code; run `make docs` and read the diff"


def test_what_is_said_of_progress_is_what_the_code_does(repository: Path) -> None:
    text = (repository / "docs/run.md").read_text()
    shown = Shown(40, Totals(3, 1200, 1, 90_000, 0.1), 60.0, 1500.0, 540.0, 2.0, None, None)
    assert f"`{', '.join(parts(shown))}`" in text
    assert f"most one in {LINE_EVERY_S:.0f} seconds" in text
    assert f"those of the last {RATE_OVER_S:.0f} seconds" in text
