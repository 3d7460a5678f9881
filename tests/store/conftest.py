from tests.conftest_redis import redis_url

__all__ = ["redis_url"]
