"""Every event of the simulated city passes the agencies' schemas."""

from pathlib import Path

from hub.domain.regions import load_regions
from hub.schema.catalogue import load_catalogue
from hub.schema.validate import Validator
from hub.simulate import simulate

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_the_schemas_accept_every_event():
    validator = Validator(load_catalogue(SCHEMAS), load_regions(True))
    events = simulate(persons=1000, days=730, seed=5).events
    refused = [found for event in events if isinstance(found := validator.check(event), tuple)]
    assert refused == []
