"""What deploy/ promises can be checked without a Docker engine, and is.

Two tools are asked where they are there: `promtool` (Debian package `prometheus`) and the PyPI package `compose-spec`.
Where one is missing its test is skipped with the reason, except in CI, where that is a failure.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

from hub.config import load_settings
from hub.config_table import VARIABLES
from hub.domain.keys import FICTIONAL_SECRET
from hub.errors import RefuseToStart
from hub.telemetry.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE, CITY = ROOT / "docker-compose.yml", DEPLOY / "compose.city.yml"
DASHBOARD = DEPLOY / "grafana/dashboards/hub.json"
ONE_SHOT = {"topics", "schemas"}
HUB_ROLES = {"topics", "schemas", "worker", "api"}
PINNED = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+\.\d+(-[a-z0-9.]+)?")


class StrictLoader(yaml.SafeLoader):
    """Refuses a key given twice, of which YAML would silently take the last."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        doubles = sorted({key for key in keys if keys.count(key) > 1})
        if doubles:
            raise yaml.constructor.ConstructorError(None, None, f"given twice: {doubles}", node.start_mark)
        return super().construct_mapping(node, deep)


def load(path: Path):
    return yaml.load(path.read_text("utf-8"), StrictLoader)  # noqa: S506 - a SafeLoader


@cache
def compose() -> dict:
    return load(COMPOSE)


@cache
def services() -> dict[str, dict]:
    return compose()["services"]


def needs(found: object, how: str) -> None:
    """Skip with the reason; in CI a missing tool is a failure, so that no check disappears unnoticed."""
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"not checked: {how}")


def environment(service: dict) -> dict[str, str]:
    """As the container sees it when nothing is set on the host."""
    return {k: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(v)) for k, v in service.get("environment", {}).items()}


# --- the compose file ---------------------------------------------------------------------------------------------


def test_an_implementation_of_the_compose_specification_accepts_the_files():
    needs(find_spec("compose_spec"), "pip install compose-spec")
    from compose_spec import PyCompose

    for path in (COMPOSE, CITY):
        PyCompose.from_json(json.dumps(load(path))).validate()


def test_whatever_a_service_names_is_declared():
    declared = {kind: set(compose().get(kind, {})) for kind in ("networks", "volumes")}
    for name, service in services().items():
        assert set(service["networks"]) <= declared["networks"], name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            exists = (ROOT / source).exists() if source.startswith("./") else source in declared["volumes"]
            assert exists, (name, source)
        for other, how in service.get("depends_on", {}).items():
            assert set(services()[other]["networks"]) & set(service["networks"]), (name, other)
            expected = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
            assert how == {"condition": expected}, (name, other)


def test_every_declared_volume_is_mounted_somewhere():
    mounted = {volume.split(":")[0] for service in services().values() for volume in service.get("volumes", [])}

    assert set(compose()["volumes"]) <= mounted


def test_every_image_is_pinned_to_an_exact_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    for name, service in services().items():
        assert PINNED.fullmatch(service["image"]), (name, service["image"])
        if "build" in service:
            assert service["image"] == f"resident-hub:{version}"
            assert (ROOT / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_no_service_runs_as_root_or_can_become_it():
    for name, service in services().items():
        assert re.fullmatch(r"[1-9]\d*:\d+", service["user"]), name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert not service.get("privileged"), name
        assert "cap_add" not in service, name


def test_only_services_that_write_their_own_configuration_have_a_writable_root():
    writable = {name for name, service in services().items() if not service.get("read_only")}

    assert writable == {"kafka", "schema-registry"}


def test_ports_are_published_on_loopback_only_and_never_those_of_kafka_and_redis():
    published = {name: service["ports"] for name, service in services().items() if "ports" in service}

    assert set(published) == {"api", "prometheus", "grafana"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert compose()["networks"]["backend"] == {"internal": True}
    assert all(services()[name]["networks"] == ["backend"] for name in ("kafka", "redis", "schema-registry", "worker"))


def test_every_service_that_stays_has_a_health_check_a_restart_policy_and_a_memory_limit():
    in_image = {"worker", "api"}  # HEALTHCHECK of deploy/Dockerfile
    for name, service in services().items():
        if name in ONE_SHOT:
            assert service["restart"] == "no"
            assert service["healthcheck"] == {"disable": True}
        else:
            assert service["restart"] == "unless-stopped", name
            assert "mem_limit" in service, name
            assert name in in_image or service["healthcheck"]["test"], name


def test_two_workers_share_the_load():
    assert services()["worker"]["deploy"] == {"replicas": 2}
    assert int(environment(services()["worker"])["HUB_PARTITIONS"]) >= 2


def test_topics_are_not_created_by_misspelling_them():
    assert services()["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_state_is_not_evicted_and_is_appended_to_disk():
    command = services()["redis"]["command"]

    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert command[command.index("--appendonly") + 1] == "yes"


@pytest.mark.parametrize("role", sorted(HUB_ROLES))
def test_the_hub_starts_with_the_settings_it_is_given(role):
    service = services()[role]
    settings = load_settings({k: v for k, v in environment(service).items() if k.startswith("HUB_")})

    settings.require("kafka_bootstrap", "redis_url", "schema_registry_url")
    assert settings.city == "4298"
    for address in (settings.kafka_bootstrap, settings.redis_url, settings.schema_registry_url):
        host = re.sub(r"^\w+://", "", address).partition(":")[0]
        assert set(services()[host]["networks"]) & set(service["networks"]), address


@pytest.mark.parametrize("role", sorted(HUB_ROLES))
def test_the_hub_knows_the_command_of_each_role(role):
    hub = Path(sys.executable).parent / "hub"
    done = subprocess.run([hub, *services()[role]["command"], "--help"], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr[-500:]


# --- secrets ------------------------------------------------------------------------------------------------------


def test_no_file_holds_a_secret():
    secretive = re.compile(r"(PASSWORD|PASSWD|TOKEN|SECRET|PRIVATE_KEY)(?!_FILE)", re.IGNORECASE)
    for path in (COMPOSE, CITY):
        for name, service in load(path)["services"].items():
            assert not [key for key in service.get("environment", {}) if secretive.search(key)], (path.name, name)


def test_the_example_of_a_secret_is_the_public_one_of_the_fictional_city():
    assert (DEPLOY / "secrets/hub_secret.example").read_bytes() == FICTIONAL_SECRET


def test_a_real_city_has_its_own_secret_and_nothing_less_will_do(tmp_path):
    overlay = load(CITY)
    assert set(overlay["services"]) == HUB_ROLES
    assert overlay["secrets"]["hub_secret"]["file"] == "./deploy/secrets/hub_secret"
    service = overlay["services"]["worker"]
    assert service["environment"]["HUB_SECRET_FILE"] == "/run/secrets/" + service["secrets"][0]
    given = environment(services()["worker"]) | {"HUB_CITY": "4205"}
    secret = tmp_path / "hub_secret"
    secret.write_bytes(b"0123456789abcdef" * 3)
    secret.chmod(0o440)

    assert load_settings(given | {"HUB_SECRET_FILE": str(secret)}).city == "4205"
    with pytest.raises(RefuseToStart):
        load_settings(given)
    secret.chmod(0o444)
    with pytest.raises(RefuseToStart):
        load_settings(given | {"HUB_SECRET_FILE": str(secret)})
    secret.write_bytes(FICTIONAL_SECRET)
    secret.chmod(0o440)
    with pytest.raises(RefuseToStart):
        load_settings(given | {"HUB_SECRET_FILE": str(secret)})


def test_git_and_the_image_leave_secrets_alone():
    ignored = (DEPLOY / "secrets/.gitignore").read_text("utf-8").splitlines()

    assert "*" in ignored
    assert not any(line.startswith("!") and line not in ("!.gitignore", "!hub_secret.example") for line in ignored)
    assert "deploy" not in kept_in_build_context()


def test_every_setting_named_anywhere_in_deploy_exists():
    known = {variable.name for variable in VARIABLES}
    for path in (COMPOSE, CITY, DEPLOY / "Dockerfile", DEPLOY / "README.md", ROOT / "README.md"):
        named = set(re.findall(r"\bHUB_[A-Z_]+[A-Z]\b", path.read_text("utf-8")))
        assert named <= known | {"HUB_KAFKA_SECURITY"}, (path.name, named - known)


# --- the image ----------------------------------------------------------------------------------------------------


@cache
def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()]


def kept_in_build_context() -> set[str]:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in lines
    return {line[1:] for line in lines if line.startswith("!")}


def test_what_the_image_copies_exists_and_is_in_the_build_context():
    copied = [shlex.split(rest)[:-1] for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    sources = {source.removeprefix("./") for group in copied for source in group}

    assert {"hub", "schemas", "connectors"} <= sources
    assert sources == kept_in_build_context()
    assert [source for source in sorted(sources) if not (ROOT / source).exists()] == []


def test_base_images_are_pinned_and_are_the_python_of_the_project():
    bases = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    required = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]

    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.11\.\d+-slim-\w+", base) for base in bases)
    assert required == ">=3.11"


def test_the_image_runs_as_the_user_that_compose_names():
    users = [rest for name, rest in instructions() if name == "USER"]

    assert users == ["10001:10001"]
    assert {services()[role]["user"] for role in HUB_ROLES} == set(users)


def test_the_image_has_a_health_check_a_data_directory_and_one_way_in():
    names = [name for name, _ in instructions()]
    rest = " ".join(rest for _, rest in instructions())

    assert names.count("ENTRYPOINT") == names.count("HEALTHCHECK") == 1
    assert "/livez" in rest
    assert "HUB_DATA_DIR=/var/lib/hub" in rest


# --- prometheus and grafana ---------------------------------------------------------------------------------------


@cache
def declared_metrics() -> dict[str, set[str]]:
    """Series a scrape can hold, with their labels."""
    series: dict[str, set[str]] = {}
    for metric in Metrics(CollectorRegistry()).declared:
        labels = set(metric.labels)
        if metric.kind == "histogram":
            series |= {f"{metric.name}_bucket": labels | {"le"}}
            series |= {f"{metric.name}_{part}": labels for part in ("sum", "count")}
        else:
            series[metric.name] = labels
    return series


def promql() -> dict[str, str]:
    """Every expression in deploy/, by where it stands."""
    found = {}
    for group in load(DEPLOY / "prometheus/alerts.yml")["groups"]:
        found |= {f"alert {rule['alert']}": rule["expr"] for rule in group["rules"]}
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        found |= {f"panel {panel['title']} {target['refId']}": target["expr"] for target in panel["targets"]}
    return found


@pytest.mark.parametrize(("where", "expression"), promql().items())
def test_an_expression_asks_only_for_metrics_and_labels_that_exist(where, expression):
    names = set(re.findall(r"\b(?:hub_[a-z_]+|up)\b", expression))
    labels = {"job", "instance"}.union(*(declared_metrics().get(name, set()) for name in names))
    grouped = re.findall(r"\bby \(([^)]*)\)", expression)
    matched = re.findall(r"\{([^}]*)\}", expression)

    assert names
    assert names - {"up"} <= set(declared_metrics())
    assert {label.strip() for group in grouped for label in group.split(",")} <= labels
    assert set(re.findall(r"(\w+)\s*[=!]", " ".join(matched))) <= labels


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["promtool", *arguments]
    return subprocess.run(command, cwd=DEPLOY / "prometheus", capture_output=True, text=True, timeout=60)


def test_promtool_accepts_the_configuration_and_the_rules():
    needs(shutil.which("promtool"), "apt-get install prometheus")
    for what, name in (("config", "prometheus.yml"), ("rules", "alerts.yml")):
        done = promtool("check", what, name)
        assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_fire_when_they_should_and_only_then():
    needs(shutil.which("promtool"), "apt-get install prometheus")
    done = promtool("test", "rules", "alerts.test.yml")

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_proved_and_has_a_page_in_the_runbook():
    rules = [rule for group in load(DEPLOY / "prometheus/alerts.yml")["groups"] for rule in group["rules"]]
    tests = load(DEPLOY / "prometheus/alerts.test.yml")["tests"]
    firing = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case.get("exp_alerts")}
    silent = {case["alertname"] for case in tests[0]["alert_rule_test"] if not case.get("exp_alerts")}
    headings = set(re.findall(r"^### (\w+)$", (DEPLOY / "README.md").read_text("utf-8"), re.MULTILINE))

    assert {rule["alert"] for rule in rules} == firing == silent
    for rule in rules:
        assert rule["alert"] in headings
        assert rule["annotations"]["runbook"] == f"deploy/README.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("critical", "warning")


def test_prometheus_asks_every_role_that_stays_where_it_listens():
    asked = {}
    for job in load(DEPLOY / "prometheus/prometheus.yml")["scrape_configs"]:
        for discovery in job.get("dns_sd_configs", []):
            asked |= dict.fromkeys(discovery["names"], discovery["port"])
        for static in job.get("static_configs", []):
            asked |= {target.split(":")[0]: int(target.split(":")[1]) for target in static["targets"]}
    asked.pop("127.0.0.1")

    assert set(asked) == HUB_ROLES - ONE_SHOT
    for role, port in asked.items():
        assert port == int(environment(services()[role])["HUB_HTTP_PORT"])
        assert set(services()[role]["networks"]) & set(services()["prometheus"]["networks"])


def test_prometheus_finds_its_rule_files_where_compose_mounts_them():
    mounts = dict(volume.split(":")[:2] for volume in services()["prometheus"]["volumes"])
    expected = {name: f"/etc/prometheus/{name}" for name in load(DEPLOY / "prometheus/prometheus.yml")["rule_files"]}

    assert expected == {name: mounts[f"./deploy/prometheus/{name}"] for name in expected}


def test_grafana_finds_the_dashboard_and_its_data_source():
    provider = load(DEPLOY / "grafana/provisioning/dashboards/hub.yml")["providers"][0]
    source = load(DEPLOY / "grafana/provisioning/datasources/prometheus.yml")["datasources"][0]
    mounts = dict(volume.split(":")[:2] for volume in services()["grafana"]["volumes"])
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]

    assert mounts["./deploy/grafana/dashboards"] == provider["options"]["path"]
    assert mounts["./deploy/grafana/provisioning"] == "/etc/grafana/provisioning"
    assert source["url"].removeprefix("http://").split(":")[0] in services()
    assert {panel["datasource"]["uid"] for panel in panels} == {source["uid"]}
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_panels_do_not_overlap():
    taken = set()
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
