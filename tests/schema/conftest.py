"""What the schema tests share: the project's own schemas, compiled once."""

from pathlib import Path

import pytest

from hub.domain.regions import RegionTable, load_regions
from hub.schema.catalogue import Catalogue, load_catalogue
from hub.schema.codec import Codec
from hub.schema.registry import LocalRegistry
from hub.schema.validate import Validator

SCHEMAS = Path(__file__).parents[2] / "schemas"


@pytest.fixture(scope="session")
def schemas_root() -> Path:
    return SCHEMAS


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(SCHEMAS)


@pytest.fixture(scope="session")
def regions() -> RegionTable:
    return load_regions(fictional=True)


@pytest.fixture(scope="session")
def validator(catalogue: Catalogue, regions: RegionTable) -> Validator:
    return Validator(catalogue, regions)


@pytest.fixture(scope="session")
def codec(catalogue: Catalogue) -> Codec:
    return Codec(catalogue)


@pytest.fixture(scope="session")
def local(catalogue: Catalogue) -> LocalRegistry:
    return LocalRegistry(catalogue)
