"""Configuration: the only module that reads the environment. A wrong setting refuses to start, with every fault.

What settings there are stands in `hub.config_table`; here they are read, checked against each other and handed out.
"""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hub.config_forms import Unfit, read_path
from hub.config_table import (
    CONFIG,
    PREFIX,
    VARIABLES,
    Variable,
    by_name,
    keys,
    render_config_page,
    render_env_example,
)
from hub.domain.assessments import missing_assessment
from hub.domain.keys import FICTIONAL_SECRET
from hub.domain.policy import Policy, PolicyFault, load_policy
from hub.domain.regions import FICTIONAL_CITY, MUNICIPALITIES, city_key, load_regions
from hub.errors import RefuseToStart
from hub.rules import BY_ID

__all__ = ["KafkaAccess", "RedisAccess", "Settings", "load_settings", "render_config_page", "render_env_example"]

LEAST_SECRET = 32
_KAFKA = "HUB_KAFKA_SECURITY_"
_SAFE_NAME = re.compile(r"[A-Za-z_][A-Za-z_]{0,63}")


@dataclass(frozen=True, kw_only=True)
class KafkaAccess:
    """How to reach Kafka; the fields of hub.runtime.security.KafkaSecurity, which need not be imported for this."""

    protocol: str
    sasl_mechanism: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None


@dataclass(frozen=True, kw_only=True)
class RedisAccess:
    """Who we are to Redis, and whom we trust; in the words of `RedisStore.from_url`."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set, read and checked. Secrets are kept out of its repr."""

    city: str
    secret: bytes = field(repr=False)
    policy_file: Path | None
    data_dir: Path
    enable_rules: tuple[str, ...]
    kafka_bootstrap: str | None
    kafka_access: KafkaAccess
    schema_registry_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)
    redis_access: RedisAccess
    http_host: str
    http_port: int
    partitions: int
    max_message_bytes: int
    batch_records: int
    tick_seconds: float
    session_timeout_seconds: float
    instance: str | None
    delivery: str
    log_level: str
    log_format: str
    given: frozenset[str] = frozenset()  # keys that were set, as opposed to left at their defaults

    def require(self, *names: str) -> None:
        """Refuse to start unless these settings (`kafka_bootstrap`, ...) are given: some commands cannot do without."""
        missing = [_missing(name) for name in names if getattr(self, name) in (None, "", ())]
        if missing:
            raise RefuseToStart(missing)


def load_settings(
    environ: Mapping[str, str],
    *,
    fictional_default: bool = False,
    needs: Iterable[str] = (),
    runs_on: date | None = None,
) -> Settings:
    """Read all settings. Raises RefuseToStart with every fault, `needs` that are not set among them.

    `fictional_default`: no city means 4298. `runs_on`: the day a hub starts to run with them; rules that are off by
    default then need an impact assessment that is good on it. What only looks at files needs none.
    """
    faults: list[str] = []
    given = _given(environ, faults)
    values = _values(given, faults)
    if values["city"] is None and fictional_default:
        values["city"] = FICTIONAL_CITY
    _check_city(values["city"], faults)
    secret = _secret(values["city"], values.pop("secret_file"), faults)
    access = _kafka_access(values, faults)
    redis_access = _redis_access(values, faults)
    policy = _check_rest(values, faults)
    if runs_on is not None and policy is not None:
        faults.extend(_not_assessed(values["enable_rules"], policy, runs_on))
    faults.extend(_missing(name) for name in needs if name not in given and values[name] is None)
    if faults:
        raise RefuseToStart(faults)
    rest = {key: value for key, value in values.items() if not key.startswith("kafka_security_") and key != "config"}
    return Settings(secret=secret, kafka_access=access, redis_access=redis_access, given=frozenset(given), **rest)


def _missing(name: str) -> str:
    return f"{PREFIX}{name.upper()}: is needed here and is not set"


# --- what was given -----------------------------------------------------------------------------------------------


def _given(environ: Mapping[str, str], faults: list[str]) -> dict[str, tuple[str, object]]:
    """By key: where the value stands, and the value. The environment lies over the file."""
    known = by_name()
    own = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value != ""}
    faults.extend(_unknown(name, known, "") for name in sorted(own) if name not in known)
    given: dict[str, tuple[str, object]] = {}
    if CONFIG in own:
        for key, value in _file(own[CONFIG], faults).items():
            if key in keys():
                given[key] = (f"{key} in the {CONFIG} file", value)
            else:
                faults.append(_unknown(key, keys(), f" in the {CONFIG} file"))
    given.update({known[name].key: (name, value) for name, value in own.items() if name in known})
    return given


def _file(name: str, faults: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(read_path(name).read_text("utf-8"))
    except Unfit:
        return {}  # told with the other values
    except tomllib.TOMLDecodeError as error:
        # Only the place: the parser's sentence may quote what stands there.
        place = re.search(r"line \d+, column \d+", str(error))
        faults.append(f"{CONFIG}: the file is not TOML ({place[0] if place else 'at its end'})")
    except UnicodeDecodeError:
        faults.append(f"{CONFIG}: the file is not UTF-8")
    except OSError as error:
        faults.append(f"{CONFIG}: the file cannot be read ({type(error).__name__})")
    return {}


def _unknown(name: str, known: Any, where: str) -> str:  # noqa: ANN401 - any container of names
    near = get_close_matches(name, list(known), 1)
    shown = name if _SAFE_NAME.fullmatch(name) else "a name that is not shown"
    return f"{shown}{where}: there is no such setting" + (f"; is {near[0]} meant?" if near else "")


def _values(given: Mapping[str, tuple[str, object]], faults: list[str]) -> dict[str, Any]:
    """Every setting by key; a bad one has its default, so that the checks between settings can still be made."""
    return {variable.key: _value(variable, given.get(variable.key), faults) for variable in VARIABLES}


def _value(variable: Variable, given: tuple[str, object] | None, faults: list[str]) -> object:
    if given is None:
        return variable.default
    where, raw = given
    try:
        return variable.form.read(raw)
    except Unfit as error:
        faults.append(f"{where}: {error}")
        return variable.default


# --- checks between settings, and of the files they name ------------------------------------------------------------


def _check_city(city: str | None, faults: list[str]) -> None:
    if city is None:
        if not any(fault.startswith(("HUB_CITY:", "city in")) for fault in faults):
            faults.append("HUB_CITY: is needed, the city key of the jurisdiction, such as 4205")
    elif city != FICTIONAL_CITY and city not in _city_keys():
        faults.append("HUB_CITY: no city has this key today (4 digits of GB/T 2260; 2 for a municipality, 6 for 90xx)")


def _city_keys() -> set[str]:
    """Keys of the cities in force; a province is none."""
    spans = load_regions(fictional=False).spans()
    codes = {span.code for span in spans if span.last_year is None}
    return {city_key(code) for code in codes if not code.endswith("0000") or code[:2] in MUNICIPALITIES}


def _secret(city: str | None, file: Path | None, faults: list[str]) -> bytes:
    if file is None:
        if city not in (None, FICTIONAL_CITY) and not any("SECRET_FILE" in fault.upper() for fault in faults):
            faults.append(f"HUB_SECRET_FILE: is needed for every city but the fictional {FICTIONAL_CITY}")
        return FICTIONAL_SECRET
    secret = _private(file, "HUB_SECRET_FILE", faults)
    if secret is None:
        return b""
    if len(secret) < LEAST_SECRET:
        faults.append(f"HUB_SECRET_FILE: holds fewer than {LEAST_SECRET} bytes")
    if city != FICTIONAL_CITY and secret.strip() == FICTIONAL_SECRET:
        faults.append("HUB_SECRET_FILE: holds the public secret of the fictional city")
    return secret


def _private(file: Path, name: str, faults: list[str]) -> bytes | None:
    """The bytes of a file that only its owner and group may read."""
    try:
        mode = file.stat().st_mode
        content = file.read_bytes()
    except OSError as error:
        faults.append(f"{name}: the file cannot be read ({type(error).__name__})")
        return None
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        faults.append(f"{name}: everybody may read or change the file; take that right away (chmod o-rw)")
    return content


def _kafka_access(values: Mapping[str, Any], faults: list[str]) -> KafkaAccess:
    given = {key.removeprefix("kafka_security_"): value for key, value in values.items()}
    protocol = given["protocol"]
    _check_kafka_fields(given, "SASL" in protocol, "SSL" in protocol, faults)
    faults.extend(
        f"{_KAFKA}{name.upper()}: there is no such file"
        for name in ("ca_file", "cert_file")
        if given[name] is not None and not given[name].is_file()
    )
    if given["key_file"] is not None:
        _private(given["key_file"], f"{_KAFKA}KEY_FILE", faults)
    return KafkaAccess(
        protocol=protocol,
        sasl_mechanism=given["sasl_mechanism"],
        username=given["username"],
        password=_password(given["password_file"], f"{_KAFKA}PASSWORD_FILE", faults),
        ca_file=_name(given["ca_file"]),
        cert_file=_name(given["cert_file"]),
        key_file=_name(given["key_file"]),
    )


def _check_kafka_fields(given: Mapping[str, Any], sasl: bool, ssl: bool, faults: list[str]) -> None:
    present = {name for name, value in given.items() if value is not None}
    sasl_only, ssl_only = ("sasl_mechanism", "username", "password_file"), ("ca_file", "cert_file", "key_file")
    idle = [(name, "a SASL") for name in sasl_only if not sasl] + [(name, "an SSL") for name in ssl_only if not ssl]
    faults.extend(
        f"{_KAFKA}{name.upper()}: has no effect unless {_KAFKA}PROTOCOL is {kind} one"
        for name, kind in idle
        if name in present
    )
    faults.extend(
        f"{_KAFKA}{name.upper()}: is needed when {_KAFKA}PROTOCOL is a SASL one"
        for name in ("username", "password_file")
        if sasl and name not in present
    )
    faults.extend(
        f"{_KAFKA}{other.upper()}: is needed with {_KAFKA}{name.upper()}"
        for name, other in (("cert_file", "key_file"), ("key_file", "cert_file"))
        if name in present and other not in present
    )


def _redis_access(values: dict[str, Any], faults: list[str]) -> RedisAccess:
    url, username = values["redis_url"] or "", values.pop("redis_username")
    password_file, ca_file = values.pop("redis_password_file"), values.pop("redis_ca_file")
    if username is not None and password_file is None:
        faults.append("HUB_REDIS_PASSWORD_FILE: is needed with HUB_REDIS_USERNAME")
    if password_file is not None and "@" in url:
        faults.append("HUB_REDIS_PASSWORD_FILE: HUB_REDIS_URL has a password of its own; take it out there")
    if ca_file is not None and not url.startswith("rediss://"):
        faults.append("HUB_REDIS_CA_FILE: has no effect unless HUB_REDIS_URL begins with rediss://")
    if ca_file is not None and not ca_file.is_file():
        faults.append("HUB_REDIS_CA_FILE: there is no such file")
    password = _password(password_file, "HUB_REDIS_PASSWORD_FILE", faults)
    return RedisAccess(username=username, password=password, ca_file=_name(ca_file))


def _password(file: Path | None, name: str, faults: list[str]) -> str | None:
    content = _private(file, name, faults) if file is not None else None
    if content is None:
        return None
    try:
        password = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        faults.append(f"{name}: is not UTF-8")
        return None
    if not password:
        faults.append(f"{name}: is empty")
    return password


def _check_rest(values: Mapping[str, Any], faults: list[str]) -> Policy | None:
    """Check what is left; the policy table, where its file can be used."""
    if any(rule != "all" and rule not in BY_ID for rule in values["enable_rules"]):
        faults.append(f"HUB_ENABLE_RULES: names a rule that is not built; there are {', '.join(BY_ID)}")
    if values["data_dir"].exists() and not values["data_dir"].is_dir():
        faults.append("HUB_DATA_DIR: is not a directory")
    try:
        policy = load_policy(values["policy_file"])
    except PolicyFault as fault:
        faults.extend(f"HUB_POLICY_FILE: {reason}" for reason in fault.faults)
        return None
    strange = sorted({assessment.rule for assessment in policy.assessments} - set(BY_ID))
    faults.extend(f"HUB_POLICY_FILE: there is no rule {rule} to assess" for rule in strange)
    return policy


def _not_assessed(enabled: Iterable[str], policy: Policy, on: date) -> Iterator[str]:
    """Rules switched on beside the defaults whose impact assessment is missing, or has run out (domain 4)."""
    wanted = set(enabled)
    for rule in BY_ID.values():
        if rule.default_on or not wanted & {rule.id, "all"}:
            continue
        why = missing_assessment(rule.id, policy.assessments, on)
        if why is not None:
            yield f"HUB_ENABLE_RULES: {rule.id} ({rule.title.en}) must not run: {why}; sign one, and enter it as "\
                "[[assessment]] rule, number, valid_until in the HUB_POLICY_FILE"  # fmt: skip


def _name(file: Path | None) -> str | None:
    return None if file is None else str(file)
