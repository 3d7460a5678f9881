"""The composition root: the only module that knows every part. It reads files once and hands out what it made."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from hub.domain.keys import FICTIONAL_SECRET, Keyring
from hub.domain.policy import Policy, load_policy
from hub.domain.regions import FICTIONAL_CITY, load_regions
from hub.domain.workdays import load_workdays
from hub.mapping.load import Connectors, load_connectors
from hub.pipeline.journey import Journey, Parts
from hub.pipeline.reconcile import Bench
from hub.rules import RULES, Rule
from hub.schema.catalogue import Catalogue, load_catalogue
from hub.schema.codec import Codec
from hub.schema.validate import Validator

ROOT = Path(__file__).resolve().parent.parent


def schemas_dir() -> Path:
    """The public Avro contract, beside the package."""
    return ROOT / "schemas"


def connectors_dir() -> Path:
    """The feeds, one folder each, beside the package."""
    return ROOT / "connectors"


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Every schema, parsed once per process. Raises CatalogueFaults with every fault."""
    return load_catalogue(schemas_dir())


@lru_cache(maxsize=1)
def connectors() -> Connectors:
    """Every connector, checked against the schemas. Raises ConnectorFaults with every fault."""
    return load_connectors(connectors_dir(), catalogue())


@lru_cache(maxsize=2)
def _validator(fictional: bool) -> Validator:
    """Compiled once per process: it holds nothing but what the schemas and the regions say."""
    return Validator(catalogue(), load_regions(fictional=fictional))


@lru_cache(maxsize=1)
def _codec() -> Codec:
    """Compiled once per process: what it learns of writers' schemas is kept apart by where they come from."""
    return Codec(catalogue())


def enabled_rules(enable: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules on by default and those named; `all` names every one. Raises ValueError for an unknown rule."""
    wanted = {enable} if isinstance(enable, str) else set(enable)
    unknown = sorted(wanted - {rule.id for rule in RULES} - {"all"})
    if unknown:
        raise ValueError(f"unknown rule {', '.join(unknown)}")
    return tuple(rule for rule in RULES if rule.default_on or "all" in wanted or rule.id in wanted)


def build_journey(
    *,
    city: str = FICTIONAL_CITY,
    secret: bytes = FICTIONAL_SECRET,
    policy: Policy | None = None,
    enable: Iterable[str] = (),
) -> Journey:
    """A pipeline for one jurisdiction. Only the fictional city knows the fictional regions."""
    table = policy or load_policy()
    fictional = city.startswith(FICTIONAL_CITY)
    keyring = Keyring(secret)
    return Journey(
        Parts(
            validator=_validator(fictional),
            codec=_codec(),
            connectors=connectors(),
            keyring=keyring,
            regions=load_regions(fictional=fictional),
            calendar=load_workdays(),
            bench=Bench(enabled_rules(enable), table, city, keyring),
        )
    )
