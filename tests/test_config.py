"""Configuration: read whole, refused whole, and never repeating what it was given."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.config import Settings, load_settings, render_config_page, render_env_example
from hub.config_table import VARIABLES
from hub.domain.keys import FICTIONAL_SECRET
from hub.errors import RefuseToStart
from hub.runtime.security import KafkaSecurity

ROOT = Path(__file__).parents[1]
CANARY = "canary-7f3a-secret"


def private(path: Path, content: bytes, mode: int = 0o600) -> str:
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


def faults(environ: dict[str, str], **options: Any) -> list[str]:
    with pytest.raises(RefuseToStart) as caught:
        load_settings(environ, **options)
    return caught.value.faults


@pytest.fixture
def secret(tmp_path: Path) -> str:
    return private(tmp_path / "secret", b"s" * 32)


@pytest.fixture
def city(secret: str) -> dict[str, str]:
    return {"HUB_CITY": "4205", "HUB_SECRET_FILE": secret}


def test_defaults_of_the_fictional_city() -> None:
    """Without any variable the demo runs as 4298 with the public secret, on loopback."""
    settings = load_settings({"PATH": "/bin"}, fictional_default=True)
    assert (settings.city, settings.secret) == ("4298", FICTIONAL_SECRET)
    assert (settings.http_host, settings.http_port, settings.partitions) == ("127.0.0.1", 8080, 4)
    assert (settings.max_message_bytes, settings.data_dir, settings.delivery) == (1048576, Path("var"), "idempotent")


def test_city_is_needed() -> None:
    """A hub that is no demo must be told its city."""
    assert faults({}) == ["HUB_CITY: is needed, the city key of the jurisdiction, such as 4205"]


@pytest.mark.parametrize("key", ["11", "4205", "429004", "4298"])
def test_city_keys_in_force(key: str, secret: str) -> None:
    """Municipalities have 2 digits, cities 4, counties under a province 6."""
    assert load_settings({"HUB_CITY": key, "HUB_SECRET_FILE": secret}).city == key


@pytest.mark.parametrize("key", ["42", "4200", "4290", "420500", "9999", "429801", "1", "420", "宜昌", "4205 0"])
def test_what_is_no_city(key: str, secret: str) -> None:
    """A province, a county of a city, an unknown or misspelt key is refused."""
    [fault] = faults({"HUB_CITY": key, "HUB_SECRET_FILE": secret})
    assert fault.startswith("HUB_CITY:")


def test_real_city_needs_its_own_secret(tmp_path: Path) -> None:
    """The public secret of the fictional city protects nobody."""
    assert faults({"HUB_CITY": "4205"}) == ["HUB_SECRET_FILE: is needed for every city but the fictional 4298"]
    public = private(tmp_path / "public", FICTIONAL_SECRET + b"\n")
    assert "public secret" in faults({"HUB_CITY": "4205", "HUB_SECRET_FILE": public})[0]


def test_secret_file_is_long_and_private(city: dict[str, str], tmp_path: Path) -> None:
    """A short secret, or one everybody can read, is refused; both are said."""
    short = private(tmp_path / "short", CANARY.encode(), 0o644)
    found = faults({**city, "HUB_SECRET_FILE": short})
    assert [fault.partition(": ")[2][:9] for fault in found] == ["everybody", "holds few"]
    assert CANARY not in "".join(found)


def test_secret_is_used_byte_for_byte(city: dict[str, str], tmp_path: Path) -> None:
    """A copy of the file is the same key, whatever bytes it ends with."""
    content = bytes(range(31)) + b"\n"
    assert load_settings({**city, "HUB_SECRET_FILE": private(tmp_path / "raw", content)}).secret == content


def test_every_fault_is_listed() -> None:
    """An operator mends everything at once: no fault hides another."""
    found = faults(
        {
            "HUB_CITY": "9999",
            "HUB_HTTP_PORT": "80a",
            "HUB_HTPP_PORT": "80",
            "HUB_TICK_SECONDS": "-1",
            "HUB_LOG_FORMAT": "xml",
            "HUB_KAFKA_BOOTSTRAP": "kafka",
            "HUB_REDIS_URL": "http://x",
            "HUB_PARTITIONS": "0",
        }
    )
    names = ["HUB_HTPP_PORT", "HUB_CITY", "HUB_HTTP_PORT", "HUB_TICK_SECONDS", "HUB_LOG_FORMAT", "HUB_KAFKA_BOOTSTRAP",
             "HUB_REDIS_URL", "HUB_PARTITIONS", "HUB_SECRET_FILE"]  # fmt: skip
    assert sorted(fault.partition(":")[0] for fault in found) == sorted(names)
    assert "HUB_HTPP_PORT: there is no such setting; is HUB_HTTP_PORT meant?" in found


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda v: v.name)
def test_no_fault_repeats_what_was_given(variable, tmp_path: Path) -> None:
    """Whatever is put into whatever variable, the refusal names the variable only."""
    found = faults({variable.name: f"\x00{CANARY}", "HUB_CITY": "x"} | {f"HUB_X_{CANARY}": CANARY})
    assert any(fault.startswith(variable.name) for fault in found)
    assert CANARY not in "\n".join(found)


def test_toml_file_and_environment(city: dict[str, str], tmp_path: Path) -> None:
    """The file has the names in lower case without HUB_, with TOML's own types; the environment wins."""
    file = tmp_path / "hub.toml"
    file.write_text(
        'http_port = 9000\npartitions = 8\nenable_rules = ["LE-01"]\ntick_seconds = 2\nlog_level = "debug"\n'
    )
    settings = load_settings({**city, "HUB_CONFIG": str(file), "HUB_PARTITIONS": "16", "HUB_HTTP_PORT": ""})
    assert (settings.http_port, settings.partitions, settings.enable_rules) == (9000, 16, ("LE-01",))
    assert (settings.tick_seconds, settings.log_level) == (2.0, "DEBUG")


def test_toml_faults_name_the_file(city: dict[str, str], tmp_path: Path) -> None:
    """An unknown key, a wrong type and a name that may be data are told without their values."""
    file = tmp_path / "hub.toml"
    file.write_text(f'http_prt = 1\nhttp_port = true\nconfig = "x"\n"{CANARY}429801196003150017" = 1\n[kafka]\na = 1\n')
    assert faults({**city, "HUB_CONFIG": str(file)}) == [
        "http_prt in the HUB_CONFIG file: there is no such setting; is http_port meant?",
        "config in the HUB_CONFIG file: there is no such setting",
        "a name that is not shown in the HUB_CONFIG file: there is no such setting",
        "kafka in the HUB_CONFIG file: there is no such setting",
        "http_port in the HUB_CONFIG file: a whole number from 0 to 65535 is expected",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a = = " + CANARY.encode(), "line 1, column 5"), (b"\xff", "UTF-8"), (None, "FileNotFoundError")],
)
def test_unreadable_toml(content: bytes | None, said: str, city: dict[str, str], tmp_path: Path) -> None:
    """A file that cannot be read or parsed refuses to start, with the place only."""
    file = tmp_path / "hub.toml"
    if content is not None:
        file.write_bytes(content)
    [fault] = faults({**city, "HUB_CONFIG": str(file)})
    assert said in fault
    assert CANARY not in fault


def test_sasl_needs_user_and_password(city: dict[str, str]) -> None:
    """SASL without its two halves is refused, and its halves without SASL are too."""
    assert [fault.partition(":")[0] for fault in faults({**city, "HUB_KAFKA_SECURITY_PROTOCOL": "SASL_SSL"})] == [
        "HUB_KAFKA_SECURITY_USERNAME",
        "HUB_KAFKA_SECURITY_PASSWORD_FILE",
    ]
    [fault] = faults({**city, "HUB_KAFKA_SECURITY_USERNAME": "hub"})
    assert fault.startswith("HUB_KAFKA_SECURITY_USERNAME: has no effect")


def test_ssl_files_exist_and_come_in_pairs(city: dict[str, str], tmp_path: Path) -> None:
    """A missing certificate file, a certificate without key and SSL files without SSL are all told."""
    ssl = {**city, "HUB_KAFKA_SECURITY_PROTOCOL": "SSL"}
    found = faults({**ssl, "HUB_KAFKA_SECURITY_CA_FILE": "/none", "HUB_KAFKA_SECURITY_CERT_FILE": "/none"})
    assert len(found) == 3
    key = private(tmp_path / "key.pem", b"k", 0o644)
    found = faults({**city, "HUB_KAFKA_SECURITY_KEY_FILE": key})
    assert {fault.partition(":")[0] for fault in found} == {f"HUB_KAFKA_SECURITY_{n}_FILE" for n in ("KEY", "CERT")}
    assert any("everybody may read" in fault for fault in found)


def test_kafka_access_fits_the_runtime(city: dict[str, str], tmp_path: Path) -> None:
    """The settings make a KafkaSecurity as they are, with the password read and kept out of every repr."""
    password = private(tmp_path / "password", f"{CANARY}\n".encode())
    settings = load_settings(
        {
            **city,
            "HUB_KAFKA_BOOTSTRAP": "a:9092, b:9093",
            "HUB_KAFKA_SECURITY_PROTOCOL": "sasl_ssl",
            "HUB_KAFKA_SECURITY_USERNAME": "hub",
            "HUB_KAFKA_SECURITY_PASSWORD_FILE": password,
            "HUB_REDIS_URL": f"rediss://:{CANARY}@redis:6379/0",
            "HUB_SCHEMA_REGISTRY_URL": f"https://u:{CANARY}@registry:8081",
        }
    )
    security = KafkaSecurity(**dataclasses.asdict(settings.kafka_access))
    assert (security.protocol, security.username, security.password) == ("SASL_SSL", "hub", CANARY)
    assert settings.kafka_bootstrap == "a:9092,b:9093"
    assert CANARY not in repr(settings)
    assert repr(settings.secret) not in repr(settings)


def test_redis_access_is_read_from_files_and_checked(city: dict[str, str], tmp_path: Path) -> None:
    """User, password and CA of Redis come from settings of their own; halves and contradictions are told at once."""
    password, ca = private(tmp_path / "password", f"{CANARY}\n".encode()), private(tmp_path / "ca.pem", b"c")
    files = {"HUB_REDIS_PASSWORD_FILE": password, "HUB_REDIS_CA_FILE": ca}
    good = {**city, **files, "HUB_REDIS_URL": "rediss://redis:6379/0", "HUB_REDIS_USERNAME": "hub-worker"}
    settings = load_settings(good)
    assert dataclasses.asdict(settings.redis_access) == {"username": "hub-worker", "password": CANARY, "ca_file": ca}
    assert CANARY not in repr(settings)
    wrong = {
        **city,
        "HUB_REDIS_URL": f"redis://:{CANARY}@redis",
        "HUB_REDIS_USERNAME": "u",
        "HUB_REDIS_CA_FILE": "/none",
    }
    found = faults(wrong)
    assert [fault.partition(":")[0] for fault in found] == ["HUB_REDIS_PASSWORD_FILE", *["HUB_REDIS_CA_FILE"] * 2]
    [fault] = faults({**good, "HUB_REDIS_URL": f"rediss://:{CANARY}@redis"})
    assert "password of its own" in fault
    assert CANARY not in fault


def test_delivery_is_one_of_two(city: dict[str, str]) -> None:
    """Whether the broker can do it is settled when the broker is known."""
    assert load_settings({**city, "HUB_DELIVERY": "Transactional"}).delivery == "transactional"
    assert faults({**city, "HUB_DELIVERY": "exactly_once"}) == [
        "HUB_DELIVERY: one of idempotent, transactional is expected"
    ]


def test_rules_and_policy_are_checked(city: dict[str, str], tmp_path: Path) -> None:
    """Unknown rules and an unusable policy table stop the start, not the first event."""
    policy = tmp_path / "policy.toml"
    policy.write_text('[[policy]]\nkey = "NO.such"\nvalue = 1\n')
    found = faults({**city, "HUB_ENABLE_RULES": "LE-01,ZZ-99", "HUB_POLICY_FILE": str(policy)})
    assert [fault.partition(":")[0] for fault in found] == ["HUB_ENABLE_RULES", "HUB_POLICY_FILE"]
    assert load_settings({**city, "HUB_ENABLE_RULES": "all"}).enable_rules == ("all",)


def assessed(path: Path, **until: str) -> str:
    """A policy file with an assessment of each rule (`RE_01="2027-12-31"`)."""
    rows = [
        f'[[assessment]]\nrule = "{rule.replace("_", "-")}"\nnumber = "PIA-2026-{number:03}"\nvalid_until = {day}\n'
        for number, (rule, day) in enumerate(until.items(), 1)
    ]
    path.write_text("\n".join(rows), "utf-8")
    return str(path)


TODAY = date(2026, 11, 22)
DELICATE = ["HO-02", "LE-06", "LE-07", "RE-01", "RE-02", "RE-04"]


def test_a_delicate_rule_runs_only_with_an_assessment(city: dict[str, str], tmp_path: Path) -> None:
    """Each of the six refuses to start without one that is good today, and all of them are told with the reason."""
    file = assessed(tmp_path / "policy.toml", RE_01="2027-12-31", RE_02="2026-11-21", HO_02="2026-11-22")
    given = {**city, "HUB_POLICY_FILE": file, "HUB_ENABLE_RULES": ",".join(DELICATE), "HUB_HTTP_PORT": "x"}
    found = faults(given, runs_on=TODAY)
    assert found[0].startswith("HUB_HTTP_PORT:")
    said = {fault.split()[1]: fault for fault in found[1:]}
    assert sorted(said) == ["LE-06", "LE-07", "RE-02", "RE-04"]
    assert "no impact assessment is on file" in said["LE-06"]
    assert "its impact assessment PIA-2026-002 ran out on 2026-11-21" in said["RE-02"]
    assert all(fault.startswith("HUB_ENABLE_RULES: ") for fault in found[1:])


def test_all_means_the_delicate_ones_too(city: dict[str, str], tmp_path: Path) -> None:
    """`all` is no way round; with every assessment signed it starts."""
    everything = {**city, "HUB_ENABLE_RULES": "all"}
    assert sorted(fault.split()[1] for fault in faults(everything, runs_on=TODAY)) == DELICATE
    file = assessed(tmp_path / "policy.toml", **{rule.replace("-", "_"): "2027-12-31" for rule in DELICATE})
    assert load_settings({**everything, "HUB_POLICY_FILE": file}, runs_on=TODAY).enable_rules == ("all",)


def test_a_renewed_assessment_counts(city: dict[str, str], tmp_path: Path) -> None:
    """Of several for one rule the one that runs longest; the old one may stay in the file."""
    old = Path(assessed(tmp_path / "old.toml", RE_01="2025-12-31")).read_text("utf-8")
    file = Path(assessed(tmp_path / "policy.toml", RE_01="2027-12-31"))
    file.write_text(file.read_text("utf-8") + old, "utf-8")
    load_settings({**city, "HUB_POLICY_FILE": str(file), "HUB_ENABLE_RULES": "RE-01"}, runs_on=TODAY)


def test_a_rule_on_by_default_needs_no_assessment(city: dict[str, str]) -> None:
    """Naming it changes nothing; and what only looks at files may try every rule (a what-if)."""
    assert load_settings({**city, "HUB_ENABLE_RULES": "LE-01"}, runs_on=TODAY).enable_rules == ("LE-01",)
    assert load_settings({**city, "HUB_ENABLE_RULES": "all"}).enable_rules == ("all",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("assessment = 1", "assessment must be a list of tables: [[assessment]]"),
        ("[[assessment]]\nnumber = 1", "assessment 1: rule missing, valid_until missing, number must be text"),
        ('[[assessment]]\nrule = "RE-1"\nnumber = "x"\nvalid_until = 2027-01-01', "rule must be a rule id"),
        ('[[assessment]]\nrule = "ZZ-99"\nnumber = "x"\nvalid_until = 2027-01-01', "there is no rule ZZ-99 to assess"),
        ('[[assessment]]\nrule = "RE-01"\nnumber = "x"\nvalid_until = "2027"', "valid_until must be a date"),
        ('[[assessment]]\nrule = "RE-01"\nnumber = " "\nvalid_until = 2027-01-01\nby = "x"', "unknown field by"),
    ],
)
def test_an_unusable_assessment_is_refused(text: str, said: str, city: dict[str, str], tmp_path: Path) -> None:
    """An assessment that cannot be read is none; it refuses to start even where no rule asks for it."""
    file = tmp_path / "policy.toml"
    file.write_text(text, "utf-8")
    [fault] = faults({**city, "HUB_POLICY_FILE": str(file)})
    assert fault.startswith("HUB_POLICY_FILE: ")
    assert said in fault


def test_a_command_may_require_more(city: dict[str, str]) -> None:
    """A worker needs Kafka and Redis; what is missing is listed by name."""
    with pytest.raises(RefuseToStart) as caught:
        load_settings(city).require("kafka_bootstrap", "redis_url", "city")
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["HUB_KAFKA_BOOTSTRAP", "HUB_REDIS_URL"]


def test_every_variable_is_a_setting() -> None:
    """What is declared is handed out, and nothing else."""
    declared = {v.key for v in VARIABLES if v.name != "HUB_CONFIG" and "KAFKA_SECURITY" not in v.name}
    handed = {field.name for field in dataclasses.fields(Settings)}
    apart = {"secret_file", "redis_username", "redis_password_file", "redis_ca_file"}
    assert handed == declared - apart | {"secret", "kafka_access", "redis_access", "given"}


@pytest.mark.parametrize(
    ("name", "made"), [(".env.example", render_env_example), ("docs/config.md", render_config_page)]
)
def test_generated_pages_are_fresh(name: str, made) -> None:
    """The reference is what the code says. To renew: write hub.config.render_*() into the file."""
    assert (ROOT / name).read_text("utf-8") == made()
