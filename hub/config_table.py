"""Every setting of the hub, declared once: name, form, default and meaning, from which the reference pages are made."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from hub.config_forms import (
    Form,
    choice,
    integer,
    path,
    read_brokers,
    read_city,
    read_name,
    read_rules,
    seconds,
    text,
    url,
)

PREFIX = "HUB_"
CONFIG = "HUB_CONFIG"


@dataclass(frozen=True)
class Variable:
    """One setting. `zh` and `en` say what it is for."""

    name: str
    form: Form
    default: object
    zh: str
    en: str
    secret: bool = False

    @property
    def key(self) -> str:
        """Its name in the TOML file and in `Settings`."""
        return self.name.removeprefix(PREFIX).lower()


VARIABLES: tuple[Variable, ...] = (
    Variable(
        CONFIG,
        path(),
        None,
        "TOML 配置文件，键名为去掉 HUB_ 前缀的小写变量名；环境变量优先。",
        "TOML file with settings; keys are these names without HUB_ in lower case. The environment wins.",
    ),
    Variable(
        "HUB_CITY",
        Form("2, 4 or 6 digits", read_city),
        None,
        "辖区城市代码（GB/T 2260 前缀）；4298 为虚构城市。",
        "City key of the jurisdiction; demo, simulate and replay default to the fictional 4298.",
    ),
    Variable(
        "HUB_SECRET_FILE",
        path(),
        None,
        "标识符与隔离区密钥文件，至少 32 字节，其他用户不可读；除 4298 外必填。",
        "Key for identifiers and quarantine, at least 32 bytes, used byte for byte. Required except for 4298.",
        secret=True,
    ),
    Variable(
        "HUB_POLICY_FILE",
        path(),
        None,
        "本市政策参数表（TOML），覆盖内置表；影响评估也登记于此。",
        "The city's own policy table (TOML), laid over the packaged one; signed impact assessments stand in it too.",
    ),
    Variable(
        "HUB_DATA_DIR",
        path(),
        Path("var"),
        "本地数据目录：访问审计、内置代理日志。",
        "Directory for what is kept on disk: the access audit, the log of the embedded broker.",
    ),
    Variable(
        "HUB_ENABLE_RULES",
        Form("rule ids or all", read_rules),
        (),
        "另外启用的规则；缺省关闭的规则须在政策文件中有有效的影响评估（[[assessment]]），否则拒绝启动。",
        "Rules to switch on beside the defaults. A running hub refuses those that are off by default unless "
        "HUB_POLICY_FILE has a valid impact assessment for each: `[[assessment]]` rule, number, valid_until.",
    ),
    Variable("HUB_KAFKA_BOOTSTRAP", Form("host:port, ...", read_brokers), None, "Kafka 地址。", "Where Kafka is."),
    Variable(
        "HUB_KAFKA_SECURITY_PROTOCOL",
        choice("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
        "PLAINTEXT",
        "Kafka 连接安全协议；生产环境用 SASL_SSL 或 SSL。",
        "Security of the Kafka connection; anything but SSL or SASL_SSL sends personal data in the clear.",
    ),
    Variable(
        "HUB_KAFKA_SECURITY_SASL_MECHANISM",
        choice("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
        None,
        "SASL 机制，缺省 SCRAM-SHA-512。",
        "SASL mechanism; SCRAM-SHA-512 when SASL is on and this is not set.",
    ),
    Variable("HUB_KAFKA_SECURITY_USERNAME", text(), None, "SASL 用户名。", "SASL user name."),
    Variable(
        "HUB_KAFKA_SECURITY_PASSWORD_FILE",
        path(),
        None,
        "SASL 口令文件，不得对其他用户可读。",
        "File with the SASL password (a line end at its end is ignored), not world-readable.",
        secret=True,
    ),
    Variable(
        "HUB_KAFKA_SECURITY_CA_FILE",
        path(),
        None,
        "CA 证书（PEM），缺省用系统证书。",
        "CA certificates (PEM); the system's when not set.",
    ),
    Variable("HUB_KAFKA_SECURITY_CERT_FILE", path(), None, "客户端证书（PEM）。", "Client certificate (PEM)."),
    Variable(
        "HUB_KAFKA_SECURITY_KEY_FILE",
        path(),
        None,
        "客户端私钥（PEM），不得对其他用户可读。",
        "Key of the client certificate (PEM), not world-readable.",
        secret=True,
    ),
    Variable(
        "HUB_SCHEMA_REGISTRY_URL",
        url("http", "https"),
        None,
        "模式注册中心；缺省由枢纽自带只读注册中心。",
        "A real Schema Registry; without it the hub's own schemas are used.",
        secret=True,
    ),
    Variable(
        "HUB_REDIS_URL",
        url("redis", "rediss", "unix"),
        None,
        "状态库 Redis；缺省用内存。",
        "The state store; without it state is kept in memory.",
        secret=True,
    ),
    Variable(
        "HUB_REDIS_USERNAME", text(), None, "Redis 用户名。", "User of Redis (ACL), with HUB_REDIS_PASSWORD_FILE."
    ),
    Variable(
        "HUB_REDIS_PASSWORD_FILE",
        path(),
        None,
        "Redis 口令文件，不得对其他用户可读。",
        "File with the password of Redis (a line end at its end is ignored), not world-readable.",
        secret=True,
    ),
    Variable(
        "HUB_REDIS_CA_FILE",
        path(),
        None,
        "rediss:// 的 CA 证书（PEM），缺省用系统证书。",
        "CA certificates (PEM) for rediss://; the system's when not set.",
    ),
    Variable(
        "HUB_HTTP_HOST",
        text(),
        "127.0.0.1",
        "HTTP 监听地址；枢纽本身不做身份认证，对外须置于认证网关之后。",
        "Address to listen on. The hub itself authenticates nobody: beyond loopback, put a gateway before it.",
    ),
    Variable(
        "HUB_HTTP_PORT", integer(0, 65535), 8080, "HTTP 端口；0 为任一空闲端口。", "HTTP port; 0 takes any free one."
    ),
    Variable(
        "HUB_PARTITIONS",
        integer(1, 1000),
        4,
        "新建主题的分区数；建成后不可改。",
        "Partitions of topics the hub creates. Existing topics keep theirs: changing it later has no effect.",
    ),
    Variable(
        "HUB_MAX_MESSAGE_BYTES",
        # Less would not hold every fault that one message may have.
        integer(128 * 1024, 64 * 1024 * 1024),
        1_048_576,
        "单条消息字节上限，超出进隔离区。",
        "Largest message in bytes, not above the broker's own limit; a larger one is quarantined.",
    ),
    Variable(
        "HUB_BATCH_RECORDS", integer(1, 100_000), 1000, "每批最多处理的消息数。", "Most messages handled as one batch."
    ),
    Variable("HUB_TICK_SECONDS", seconds(0.05, 60), 1.0, "定时器检查间隔。", "How often timers are looked at."),
    Variable(
        "HUB_SESSION_TIMEOUT_SECONDS",
        seconds(6, 1800),
        6.0,
        "Kafka 会话超时：失联多久后分区转给他人。",
        "Kafka session timeout: how long a silent worker keeps its partitions.",
    ),
    Variable(
        "HUB_INSTANCE",
        Form("name", read_name),
        None,
        "本工作进程的位置名，重启后不变、各进程互异（如 StatefulSet 的 Pod 名）。被强杀后在原位重启的进程立即接替前任，"
        "不必等其 Kafka 会话超时。",
        "Name of this worker's place: the same after a restart, another for every worker (the name of a StatefulSet's "
        "pod). One that is started again after a kill takes over at once, not when its session ends.",
    ),
    Variable(
        "HUB_DELIVERY",
        choice("idempotent", "transactional"),
        "idempotent",
        "投递方式：idempotent 逐级确认；transactional 把一批的全部结果与位点放在一个 Kafka 事务里，"
        "被取代的工作进程苏醒后无法再写（须有支持事务的代理，内置代理不支持）。",
        "How effects are kept single. idempotent: stage after stage, each acknowledged. transactional: everything a "
        "batch causes and its offset in one Kafka transaction, so that a worker that slept through its replacement can "
        "write nothing when it wakes; needs a broker with transactions, which the embedded one is not.",
    ),
    Variable("HUB_LOG_LEVEL", choice("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", "日志级别。", "Least level logged."),
    Variable("HUB_LOG_FORMAT", choice("json", "text"), "json", "日志格式。", "One JSON object a line, or plain text."),
)


def by_name() -> dict[str, Variable]:
    return {variable.name: variable for variable in VARIABLES}


def keys() -> Collection[str]:
    """What may stand in the TOML file. A file cannot name another."""
    return {variable.key for variable in VARIABLES if variable.name != CONFIG}


def _shown(default: object) -> str:
    return "" if default is None or default == () else str(default)


def render_env_example() -> str:
    """`.env.example`: every variable, commented out, with its default."""
    head = "# Resident Hub. Made by hub.config.render_env_example(): change hub/config_table.py, not this file.\n"
    blocks = [f"# {v.zh}\n# {v.en}\n# ({v.form.words})\n#{v.name}={_shown(v.default)}\n" for v in VARIABLES]
    return "\n".join([head, *blocks])


def render_config_page() -> str:
    """`docs/config.md`: the same as a table."""
    rows = [
        f"| `{v.name}` | {v.form.words} | {f'`{_shown(v.default)}`' if _shown(v.default) else ''} | {v.zh}<br>{v.en} |"
        for v in VARIABLES
    ]
    return "\n".join([_PAGE_HEAD, *rows, _PAGE_TAIL])


_PAGE_TAIL = """
## The policy file

`HUB_POLICY_FILE` lays a city's own numbers over the packaged table (`hub/data/policy.toml`), and says which impact
assessments are signed. A rule that is off by default runs only with one that is valid on the day the hub starts;
without it the hub refuses to start and says for which rule, and why. `hub replay --enable` and `hub rules backtest` are
what-ifs and ask for none.

政策文件：本市参数覆盖内置参数表，并登记已签署的影响评估。缺省停用的规则须有启动当日有效的评估，否则拒绝启动并逐条说明原因；
`hub replay --enable` 与 `hub rules backtest` 仅为试算，无须评估。

```toml
[[policy]]
key = "housing.area_per_head"
value = 13
region = "4205"
valid_from = 2026-01-01
document = "the city's notice that sets it"

[[assessment]]
rule = "RE-01"
number = "PIA-2026-001"
valid_until = 2027-12-31
```
"""
_PAGE_HEAD = """# Configuration

<!-- Made by hub.config.render_config_page(): change hub/config_table.py, not this file. -->

Settings come from the environment, or from the TOML file that `HUB_CONFIG` names: the same names there without `HUB_`,
in lower case (`http_port = 8080`). The environment wins; an empty variable counts as not set. An unknown name or a
wrong value refuses to start, and every fault is listed at once. Fault texts name the setting and never repeat what it
holds.

| name | form | default | meaning |
|---|---|---|---|"""
