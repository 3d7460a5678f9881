# ruff: noqa: E402 - the path comes first, as tests are not packages
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from conftest_redis import redis_url

__all__ = ["redis_url"]
