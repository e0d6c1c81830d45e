"""P2 and P3: killed with SIGKILL anywhere, again and again, run, replay, compact and forget give what they should.

TORTURE_KILLS says how many kills; each of the named points comes first, then random ones. A reader looks on throughout.
"""

import os
import random
import signal
from collections import Counter
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

KILLS = int(os.environ.get("TORTURE_KILLS", "40"))
MANY_KILLS = 100
"""Below so many it is the short form."""
KILLS_A_WORLD = 20
SEED = int(os.environ.get("TORTURE_SEED", "1"))


def plan(torture: ModuleType) -> list[tuple[str, Any]]:
    """(verb, point): every named point with every verb as far as the kills go, then operations at random."""
    named = [
        (verb, point)
        for at in range(len(torture.POINTS) + len(torture.REPLACING))
        for verb in ("run", "compact", "replay", "forget")
        if (point := [*torture.POINTS, *torture.REPLACING][at]) in torture.POINTS or verb != "run"
    ]
    choose = random.Random(SEED)
    verbs = ("run", "run", "compact", "replay", "forget")
    while len(named) < KILLS:
        named.append(anywhere(torture, choose.choice(verbs), choose))
    return named[:KILLS]


def anywhere(torture: ModuleType, verb: str, choose: random.Random) -> tuple[str, Any]:
    when = choose.choice(["before", "half", "after"])
    return verb, torture.Point("anywhere", "", "", when, choose.randrange(1, 30 if verb == "run" else 12))


@pytest.mark.parametrize("world", range(-(-KILLS // KILLS_A_WORLD)))
def test_killed_anywhere_and_run_again(world: int, torture: ModuleType, tmp_path: Path) -> None:
    kills = plan(torture)[world :: -(-KILLS // KILLS_A_WORLD)]
    planned = len(kills)
    choose = random.Random(SEED * 1000 + world)
    feed = tmp_path / "feed"
    there, wanted = torture.World(tmp_path / "killed", feed), torture.World(tmp_path / "undisturbed", feed)
    told = there.folder / "forgotten.txt"
    reader = torture.begin(lambda: torture.watch(there.output, told), there.folder / "reader.txt")
    met: Counter[str] = Counter()
    torture.land(feed, 0, choose)
    for one in (there, wanted):
        one.do("run")
    try:
        for step in count(1):
            if not kills:
                break
            verb, point = kills.pop(0)
            torture.land(feed, step, choose)
            if verb != "run":
                there.do("run")
            article = torture.article_id(choose.randrange(step + 1) * 100)
            killed = there.begin(verb, article, point)
            beside = there.begin("run" if verb != "run" or step % 2 else "compact") if step % 3 == 0 else None
            ended = killed.wait()
            assert ended in (0, -signal.SIGKILL), there.said.read_text()[-3000:]
            met[verb if ended else "none"] += 1
            if not ended and step < 3 * KILLS_A_WORLD:  # it never came by there
                kills.append(anywhere(torture, verb, choose))
            if beside:
                assert beside.wait() == 0, there.said.read_text()[-3000:]
            there.do(verb, article)
            there.do("run")
            if verb == "forget":
                told.write_text(f"{told.read_text() if told.exists() else ''}\n{article}")
            for one in dict.fromkeys(("run", verb)):
                wanted.do(one, article)
    finally:
        reader.kill()
    reader.wait()
    for done in (there, wanted):
        done.do("replay")
        done.tidy()
    assert not (there.folder / "reader.txt").read_text()
    assert there.rows() == wanted.rows()
    assert there.problems_at_rest() == []
    looks = (there.folder / "looks.json").read_text()
    print(f"kills {sum(met.values()) - met['none']}: {dict(met)}, looks {looks}")
    assert sum(met.values()) - met["none"] >= planned


@pytest.fixture
def worlds(torture: ModuleType, tmp_path: Path) -> tuple[Any, Any]:
    feed = tmp_path / "feed"
    feed.mkdir()
    choose = random.Random(3)
    for step in range(3):
        torture.land(feed, step, choose)
    return torture.World(tmp_path / "disturbed", feed), torture.World(tmp_path / "undisturbed", feed)


def settle(*worlds: Any) -> None:
    for world in worlds:
        world.do("run")
        world.do("replay")
        world.tidy()


def test_two_runs_at_once_give_the_same_tables(torture: ModuleType, worlds: tuple[Any, Any]) -> None:
    there, wanted = worlds
    both = [there.begin("run") for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    wanted.do("run")
    assert there.rows() == wanted.rows()
    assert there.problems_at_rest() == []


@pytest.mark.parametrize("verb", ["run", "compact", "replay"])
@pytest.mark.parametrize("meanwhile", ["compact", "forget"])
@pytest.mark.parametrize(
    "at", ["before the commit", "after the commit", *(["in the midst of publishing"] if KILLS >= MANY_KILLS else [])]
)
def test_stalled_and_woken_nothing_is_doubled_and_nothing_back(
    at: str, meanwhile: str, verb: str, torture: ModuleType, worlds: tuple[Any, Any]
) -> None:
    there, wanted = worlds
    for world in worlds:
        world.do("run")
        torture.land(world.feed, 4, random.Random(9))
    if verb != "run":
        there.do("run")
    point = next(point for point in torture.POINTS if point.what == at)
    stalled = there.begin(verb, "", point, signal.SIGSTOP)
    assert stalled.wait_for_stop()
    article = torture.article_id(400)
    there.do("run")
    there.do(meanwhile, article)
    there.tidy()
    stalled.wake()
    assert stalled.wait() == 0, there.said.read_text()[-3000:]
    wanted.do("run")
    if meanwhile == "forget":
        wanted.do(meanwhile, article)
    settle(there, wanted)
    assert there.rows() == wanted.rows()
    assert there.problems_at_rest() == []
    if meanwhile == "forget":
        assert article not in str(there.rows())
