"""Why a Redis cannot be used as configured: faults that waiting cannot mend, told before anything starts."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from hub.store.redis import redis_client
from hub.tls import speaks_tls

_SECONDS = 5.0


async def redis_faults(
    url: str, *, username: str | None = None, password: str | None = None, ca_file: str | None = None
) -> list[str]:
    """What is wrong with TLS, user or password; nothing if it answers, and nothing if it is not there yet."""
    client = redis_client(url, _SECONDS, username=username, password=password, ca_file=ca_file)
    try:
        await client.ping()
    except AuthenticationError:
        asked = "HUB_REDIS_USERNAME, HUB_REDIS_PASSWORD_FILE"
        return [f"Redis does not accept the user {username or 'default'} or its password ({asked})"]
    except NoPermissionError:
        return [f"Redis: the user {username or 'default'} may not even PING; its rights are in deploy/acl/redis.acl"]
    except (RedisError, OSError) as error:
        return await asyncio.to_thread(_transport_faults, error, url)
    finally:
        await client.aclose()
    return []


def _transport_faults(error: BaseException, url: str) -> list[str]:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = f"shows a certificate we do not trust ({cause.verify_message})"
            return [f"Redis {reason}: HUB_REDIS_CA_FILE must hold the authority that signed it, for this host name"]
        if isinstance(cause, ssl.SSLError):
            return [f"Redis does not speak TLS as we do ({cause.reason}); HUB_REDIS_URL begins with rediss://"]
    if any(isinstance(cause, ConnectionResetError | EOFError) or "closed by server" in str(cause) for cause in causes):
        return _hangs_up(url)
    return []


def _hangs_up(url: str) -> list[str]:
    """It was there, and hung up on a greeting in the clear. So does a proxy before a Redis that is not there yet."""
    asked = urlsplit(url)
    if asked.scheme == "redis" and speaks_tls(asked.hostname or "localhost", asked.port or 6379, _SECONDS):
        return ["Redis speaks TLS only: HUB_REDIS_URL must begin with rediss://"]
    return []


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
