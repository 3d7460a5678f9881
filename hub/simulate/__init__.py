"""A seeded simulated city: the events its agencies publish, and the truth about them (contract 3, `hub simulate`)."""

from hub.simulate.city import City, simulate, write_city
from hub.simulate.days import AS_OF

__all__ = ["AS_OF", "City", "simulate", "write_city"]
