"""The locks hold all that is needed, for every Python we name, with hashes, and nothing of the place they were made."""

import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

LINE = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ \\]+)(?: ; (?P<marker>[^\\]+?))? ?\\?$")
PYTHONS = ("3.11", "3.12", "3.13")
MODEL_WHEEL_SHA256 = "e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779"


def read_lock(path: Path) -> dict[str, list[Requirement]]:
    """Package name to its pins: one, or one for each range of Pythons."""
    pins: dict[str, list[Requirement]] = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            match = LINE.match(line)
            assert match, f"{path.name}: {line}"
            marker = f" ; {match['marker']}" if match["marker"] else ""
            pin = Requirement(f"{match['name']}=={match['version']}{marker}")
            pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


@pytest.fixture(params=["requirements.lock", "requirements-dev.lock"])
def lock(request: pytest.FixtureRequest, repository: Path) -> Path:
    return repository / request.param


@pytest.mark.parametrize("python", PYTHONS)
def test_a_lock_holds_the_closure_of_what_pyproject_asks_for(lock: Path, python: str, repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = list(project["dependencies"])
    if lock.name == "requirements-dev.lock":
        wanted += [name for extra in ("dev", "dataflow") for name in extras[extra] if not name.startswith("wirecopy")]
    here = {"python_version": python, "python_full_version": f"{python}.0", "platform_system": "Linux", "extra": ""}
    pins, seen, missing = read_lock(lock), set(), []
    todo = [Requirement(name) for name in wanted]
    while todo:
        need = todo.pop()
        name = canonicalize_name(need.name)
        fitting = [pin for pin in pins.get(name, ()) if not pin.marker or pin.marker.evaluate(here)]
        versions = [Version(specifier.version) for pin in fitting for specifier in pin.specifier]
        if len(versions) != 1 or versions[0] not in need.specifier:
            missing.append(f"{need} (locked: {[str(version) for version in versions]})")
            continue
        for extra in ("", *sorted(need.extras)):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            try:
                further = [Requirement(text) for text in requires(name) or ()]
            except PackageNotFoundError:  # wanted by another Python than this one: its own needs aren't known here
                continue
            todo += [each for each in further if not each.marker or each.marker.evaluate({**here, "extra": extra})]
    assert not missing, f"run `make lock`: {missing}"


def test_every_pin_has_hashes(lock: Path) -> None:
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock.read_text()):
        if not block.startswith("#"):
            assert "--hash=sha256:" in block, block.splitlines()[0]


def test_ci_looks_up_known_weaknesses_of_every_lock(repository: Path) -> None:
    jobs = yaml.safe_load((repository / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    (command,) = [step["run"] for step in jobs["audit"]["steps"] if "pip-audit" in step.get("run", "")]
    found = subprocess.run(
        ["git", "ls-files", "*requirements*.lock"], cwd=repository, capture_output=True, text=True, check=True
    )
    assert set(re.findall(r"-r (\S+)", command)) == set(found.stdout.split())
    assert "--require-hashes" in command


def test_a_lock_names_no_place(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"https?://|--index-url|--find-links|file:|/home/|/root/|/tmp/", text)


def test_both_locks_agree(repository: Path) -> None:
    product, develop = (read_lock(repository / name) for name in ("requirements.lock", "requirements-dev.lock"))

    def versions(pins: list[Requirement]) -> set[str]:
        return {str(pin.specifier) for pin in pins}

    differing = {name for name, pins in product.items() if versions(develop.get(name, [])) != versions(pins)}
    assert not differing


def test_the_default_model_is_the_one_whose_files_were_compared_with_the_original(repository: Path) -> None:
    """Its wheel's hash: 16 of its 17 files equal the official release's, and the 17th differs in name alone."""
    assert MODEL_WHEEL_SHA256 in (repository / "requirements.lock").read_text()


def test_the_product_needs_no_google_stack_of_beam(repository: Path) -> None:
    """gs:// goes through google-cloud-storage: Beam's gcp extra is 150 packages that a local run never touches."""
    assert "google-apitools" not in read_lock(repository / "requirements.lock")
    assert "google-apitools" in read_lock(repository / "requirements-dev.lock")
