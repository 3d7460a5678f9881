import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from conftest_redis import redis_url

__all__ = ["redis_url"]
