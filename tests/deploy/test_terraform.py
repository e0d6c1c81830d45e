"""The cloud resources hold to the rules: least roles, nothing public, nothing in the output deleted by itself.

Terraform's own `validate` needs its provider, which no package index has; references and names are checked here.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

hcl2 = pytest.importorskip("hcl2")

DEPLOY = Path(__file__).parents[2] / "deploy"
FOLDER = DEPLOY / "terraform"
TEXT = {path.name: path.read_text() for path in sorted(FOLDER.glob("*.tf"))}
ALL = "\n".join(TEXT.values())


def plain(value: Any) -> Any:
    """What the parser gives, without its quotes and marks."""
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items() if not str(key).startswith("__")}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value[1:-1] if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"' else value


PARSED = [plain(hcl2.loads(text)) for text in TEXT.values()]


def blocks(kind: str) -> list[dict[str, Any]]:
    return [block for file in PARSED for block in file.get(kind, [])]


def resources(kind: str) -> dict[str, dict[str, Any]]:
    return {name: body for block in blocks("resource") for found, named in block.items() if found == kind
            for name, body in named.items()}  # fmt: skip


def test_every_reference_leads_somewhere() -> None:
    variables = {name for block in blocks("variable") for name in block}
    assert set(re.findall(r"\bvar\.(\w+)", ALL)) == variables, "used and declared variables differ"
    names = {name for block in blocks("locals") for name in block}
    assert set(re.findall(r"\blocal\.(\w+)", ALL)) == names, "used and declared locals differ"
    declared = {(kind, name) for block in blocks("resource") for kind, named in block.items() for name in named}
    used = set(re.findall(r"(?<!data\.)\b(google_\w+)\.(\w+)", re.sub(r'(resource|data) "[^\n]*', "", ALL)))
    data = {(kind, name) for block in blocks("data") for kind, named in block.items() for name in named}
    assert used - data <= declared


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_terraform_finds_nothing_to_format() -> None:
    done = subprocess.run(["terraform", "fmt", "-check", "-diff", FOLDER], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nobody_gets_a_sweeping_role() -> None:
    roles = set(re.findall(r'"(roles/[\w.]+)"', ALL))
    assert not {
        role for role in roles if role.split("/")[1] in ("owner", "editor", "viewer") or "admin" in role.lower()
    }
    on_project = {name: body["role"] for name, body in resources("google_project_iam_member").items()}
    assert on_project == {
        "worker": "roles/dataflow.worker",
        "launchers": "roles/dataflow.developer",
        "builder_logs": "roles/logging.logWriter",
    }
    assert "allUsers" not in ALL
    assert "allAuthenticatedUsers" not in ALL


def test_the_worker_can_get_each_bucket_and_write_only_where_it_must() -> None:
    (roles,) = [block["worker_on_buckets"] for block in blocks("locals") if "worker_on_buckets" in block]
    by_bucket: dict[str, set[str]] = {}
    for grant in roles.values():
        by_bucket.setdefault(grant["bucket"], set()).add(grant["role"].removeprefix("roles/storage."))
    assert by_bucket == {
        "input": {"objectViewer", "legacyBucketReader"},
        "output": {"objectUser", "legacyBucketReader"},
        "work": {"objectUser", "legacyBucketReader"},
    }


def test_each_environment_has_accounts_of_its_own_and_a_key_where_it_wants_one() -> None:
    (name,) = [block["name"] for block in blocks("locals") if "name" in block]
    assert "${var.environment}" in name
    accounts = resources("google_service_account")
    assert set(accounts) == {"worker", "builder"}
    assert all("${local.name}" in account["account_id"] for account in accounts.values())
    (key,) = [block["kms_key"] for block in blocks("variable") if "kms_key" in block]
    assert key["default"] in (None, "null")


def test_buckets_are_uniform_private_and_keep_what_the_log_names() -> None:
    buckets = resources("google_storage_bucket")
    assert set(buckets) == {"input", "output", "work"}
    for bucket in buckets.values():
        assert bucket["uniform_bucket_level_access"] is True
        assert bucket["public_access_prevention"] == "enforced"
        assert "kms_key" in str(bucket["dynamic"])
    assert "lifecycle_rule" not in buckets["input"]
    assert "lifecycle_rule" not in buckets["output"]
    assert buckets["output"]["soft_delete_policy"][0]["retention_duration_seconds"] == 0, "forget means gone"
    assert buckets["work"]["lifecycle_rule"][0]["condition"][0]["matches_prefix"] == ["tmp/"]


def test_arrivals_are_announced_once_and_never_lost_on_the_way() -> None:
    (notification,) = resources("google_storage_notification").values()
    assert notification["event_types"] == ["OBJECT_FINALIZE"], "a change of metadata is no arrival"
    subscriptions = resources("google_pubsub_subscription")
    assert subscriptions["arrivals"]["expiration_policy"] == subscriptions["undeliverable"]["expiration_policy"]
    assert subscriptions["arrivals"]["expiration_policy"][0]["ttl"] == ""
    assert subscriptions["arrivals"]["dead_letter_policy"][0]["max_delivery_attempts"] == 100
    assert "undeliverable" in subscriptions["undeliverable"]["topic"], "what is set aside needs a subscription to stay"


def test_workers_have_no_public_address() -> None:
    (subnetwork,) = resources("google_compute_subnetwork").values()
    assert subnetwork["private_ip_google_access"] is True
    assert not resources("google_compute_router_nat")
    readme = (DEPLOY / "README.md").read_text()
    launches = re.findall(r"gcloud dataflow flex-template run.*?\n```", readme, re.DOTALL)
    assert launches
    assert all("--disable-public-ips" in launch for launch in launches)


def test_every_alert_says_what_to_do() -> None:
    operate = (DEPLOY.parent / "docs" / "operate.md").read_text().lower()
    (alerts,) = [block["alerts"] for block in blocks("locals") if "alerts" in block]
    assert set(alerts) == {"failures", "backlog", "watermark", "silence", "undeliverable", "failed"}
    for alert in alerts.values():
        assert f"### {alert['title']}" in operate
        assert alert["query"].count("{") == alert["query"].count("}")
        assert alert["query"].count("(") == alert["query"].count(")")


def test_what_the_readme_takes_from_terraform_is_there() -> None:
    outputs = {name for block in blocks("output") for name in block}
    readme = (DEPLOY / "README.md").read_text()
    assert set(re.findall(r"terraform .*?output -raw (\w+)", readme)) == outputs
    for variable in re.findall(r'-var[ =]"?(\w+)=', readme):
        assert any(variable in block for block in blocks("variable"))
