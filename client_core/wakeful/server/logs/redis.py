"""The replay log in Redis: for several processes and machines. Redis 6.2 or newer, and compatible servers.

A stream is two keys: a hash (what StreamInfo says, and what the bounds need) and a Redis stream whose ids are 0-seq.
Appending is one script: it checks, numbers, adds, trims, sets the expiry and tells the watchers, atomically, and once
however often the client library repeats it. All keys of a stream have one hash tag, so a cluster keeps them together.

Wake-up is Pub/Sub over one connection for each process, not a blocking read: the set of watched streams changes all
the time, and a blocked XREAD would have to be interrupted for each change. Nothing depends on a notice: it says where
to look. When the connection is lost, all watchers look.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

try:
    import redis.asyncio as redis_asyncio
    from redis.asyncio.cluster import RedisCluster
    from redis.asyncio.retry import Retry
    from redis.backoff import ExponentialWithJitterBackoff
    from redis.exceptions import (
        ClusterCrossSlotError,
        ClusterDownError,
        ConnectionError,
        MovedError,
        RedisError,
    )
except ImportError as error:
    raise ImportError("RedisLog needs the redis package: pip install 'wakeful[redis]'") from error

from wakeful.errors import OptionError
from wakeful.server.limits import LogLimits
from wakeful.server.logs.interface import (
    Append,
    LogUnavailable,
    ReplayLog,
    StreamEnded,
    StreamExists,
    UnknownStream,
    log_lost,
    take_batch,
)
from wakeful.server.logs.redis_notices import Notices
from wakeful.server.records import Entry, StreamInfo

# A hash whose log is missing: Redis has evicted that, as it may unless maxmemory-policy is noeviction (on some hosts it
# is volatile-lru from the start). The stream is gone then, for producers and for viewers, who would wait for ever.
# It stands before each script.
EVICTED = """
local function evicted()
  return redis.call('HGET', KEYS[1], 'last') ~= '0' and redis.call('EXISTS', KEYS[2]) == 0
end"""

# KEYS: hash, log, idempotency key ("" has none of its own: the hash again). ARGV: now, age, stream, then hash fields.
# The name of the stream that the idempotency key has created, "" where this one was created now.
CREATE = """
local now, age = tonumber(ARGV[1]), tonumber(ARGV[2])
if KEYS[3] ~= KEYS[1] then
  local stream = redis.call('GET', KEYS[3])
  if stream then return stream end
end
local expires = redis.call('HGET', KEYS[1], 'expires')
if expires and now <= tonumber(expires) and not evicted() then return false end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'first', 1, 'last', 0, 'bytes', 0, 'ended', 0, 'expires', now + age, unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[1], age)
if KEYS[3] ~= KEYS[1] then redis.call('SET', KEYS[3], ARGV[3], 'PX', age) end
return ''
"""

# KEYS: hash, log. ARGV: now, window, age, most bytes, token, known, type, data, ends, channel, epoch.
# A retry finds its token among the last entries: those of other producers may have come between.
APPEND = """
local now, size = tonumber(ARGV[1]), string.len(ARGV[8])
local field = redis.call('HMGET', KEYS[1], 'first', 'last', 'ended', 'bytes', 'expires', 'epoch')
if not field[1] or now > tonumber(field[5]) or evicted() then return {'unknown', 0} end
local first, last, bytes = tonumber(field[1]), tonumber(field[2]), tonumber(field[4])
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 4)) do
  if entry[2][8] == ARGV[5] then return {'ok', tonumber(string.sub(entry[1], 3))} end
end
if field[6] ~= ARGV[11] or last < tonumber(ARGV[6]) then return {'lost', last} end
if field[3] == '1' then return {'ended', last} end
last, bytes = last + 1, bytes + size
redis.call('XADD', KEYS[2], '0-' .. last, 'type', ARGV[7], 'data', ARGV[8], 'at', now, 'token', ARGV[5])
local oldest = now - tonumber(ARGV[3])
while first < last do
  local entry = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
  if bytes <= tonumber(ARGV[4]) and tonumber(entry[2][6]) >= oldest then break end
  redis.call('XDEL', KEYS[2], entry[1])
  first, bytes = first + 1, bytes - string.len(entry[2][4])
end
local kept = ARGV[9] == '1' and ARGV[2] or ARGV[3]
redis.call('HSET', KEYS[1], 'first', first, 'last', last, 'bytes', bytes, 'ended', ARGV[9], 'expires', now + kept)
redis.call('PEXPIRE', KEYS[1], kept)
redis.call('PEXPIRE', KEYS[2], kept)
redis.call('PUBLISH', ARGV[10], last)
return {'ok', last}
"""

# KEYS: hash, log. ARGV: now, seq, count, epoch, most bytes. Nothing for an unknown stream; one entry beyond the bytes
# at the most, by which the reader knows that some are left. By growing steps: whatever XRANGE finds is copied, and of
# large entries few are wanted: to replay 60 of 256 KB took 3.9 s, most of it in Redis, and takes 0.3 s.
READ = """
local field = redis.call('HMGET', KEYS[1], 'expires', 'epoch')
if not field[1] or tonumber(ARGV[1]) > tonumber(field[1]) or field[2] ~= ARGV[4] then return false end
local size, batch, from, step = 0, {}, '(0-' .. ARGV[2], 1
while true do
  local some = redis.call('XRANGE', KEYS[2], from, '+', 'COUNT', step)
  for _, entry in ipairs(some) do
    size, from, batch[#batch + 1] = size + string.len(entry[2][4]), '(' .. entry[1], entry
    if #batch == tonumber(ARGV[3]) or (#batch > 1 and size > tonumber(ARGV[5])) then return batch end
  end
  if #some < step then break end
  step = step * 2
end
if #batch == 0 and evicted() then return false end
return batch
"""

# KEYS: hash, log. The hash, names and values in turn; nothing for an unknown stream.
INFO = """
return evicted() and {} or redis.call('HGETALL', KEYS[1])
"""

# Neither a connect nor an answer takes longer, unless Redis is away. For URLs; a client of one's own has its own.
TIMEOUT_S = 5.0
# A connection that was lost, as by a restart, is tried anew so often, with this long in between at the most. Every
# command is safe to repeat.
RETRIES = 3
RETRY_S = 0.4
# For all viewers of a process, who wait in turn: a burst of them is no reason for a burst of connections.
CONNECTIONS = 16
# So many entries are read at a time.
READ_COUNT = 256


class RedisLog(ReplayLog):
    """See ReplayLog. server: a URL (`redis://…`, `rediss://…` with TLS), or a redis.asyncio client of one's own: for a
    Redis Cluster a RedisCluster, which takes no idempotency keys (create() raises OptionError).

    prefix: what all keys begin with. max_total_bytes is not enforced here: set `maxmemory` with `noeviction`, and Redis
    refuses appends beyond it (LogUnavailable).
    """

    def __init__(
        self,
        server: str | redis_asyncio.Redis | RedisCluster,
        limits: LogLimits | None = None,
        now_ms: Callable[[], int] | None = None,
        *,
        prefix: str = "wakeful",
    ) -> None:
        super().__init__(limits, now_ms)
        if isinstance(server, RedisCluster) and not hasattr(server, "pubsub"):
            raise OptionError(
                "server: a RedisCluster of the redis package before 8.0 has no Pub/Sub: install a newer one"
            )
        self._owned = isinstance(server, str)
        self._redis: Any = server
        if isinstance(server, str):
            pool = redis_asyncio.BlockingConnectionPool.from_url(
                server,
                max_connections=CONNECTIONS,
                timeout=TIMEOUT_S,
                socket_timeout=TIMEOUT_S,
                socket_connect_timeout=TIMEOUT_S,
                retry=Retry(ExponentialWithJitterBackoff(cap=RETRY_S, base=RETRY_S / 8), RETRIES, (ConnectionError,)),
            )
            self._redis = redis_asyncio.Redis.from_pool(pool)
        self._prefix = prefix
        self._script_create = self._redis.register_script(EVICTED + CREATE)
        self._script_append = self._redis.register_script(EVICTED + APPEND)
        self._script_read = self._redis.register_script(EVICTED + READ)
        self._script_info = self._redis.register_script(EVICTED + INFO)
        self._notices = Notices(self._redis, self._channel)

    async def _create(self, info: StreamInfo, key: str) -> str | None:
        if key and isinstance(self._redis, RedisCluster):
            raise OptionError("key: in a Redis Cluster it is not in the slot of its stream; keep such keys elsewhere")
        hash, log = self._keys(info.stream)
        # Its length says where the principal ends: "a" with "b:c" is another than "a:b" with "c".
        of_key = f"{self._prefix}:key:{len(info.principal)}:{info.principal}:{key}" if key else hash
        fields = ["epoch", info.epoch, "principal", info.principal, "about", info.about]
        with _errors():
            stream = await self._script_create(
                keys=[hash, log, of_key], args=[self.now_ms(), self.limits.max_age_ms, info.stream, *fields]
            )
            if stream is None:
                raise StreamExists(info.stream)
            if _text(stream) == "":
                return None
            if not await self._is_there(_text(stream)):
                # It has left the log: the key is free again.
                await self._redis.delete(of_key)
                return await self._create(info, key)
        return _text(stream)

    async def append(self, stream: str, event: Append) -> int:
        limits = self.limits
        with _errors():
            verdict, last = await self._script_append(
                keys=self._keys(stream),
                args=[
                    self.now_ms(), limits.window_ms, limits.max_age_ms, limits.max_bytes, event.token, event.known,
                    event.type, event.data, int(event.ends), self._channel(stream), event.epoch,
                ],
            )  # fmt: skip
        if _text(verdict) == "unknown":
            raise UnknownStream(stream)
        if _text(verdict) == "ended":
            raise StreamEnded(stream)
        if _text(verdict) == "lost":
            raise log_lost(stream, event)
        return int(last)

    async def info(self, stream: str, epoch: str = "") -> StreamInfo:
        with _errors():
            found = [_text(value) for value in await self._script_info(keys=self._keys(stream))]
        field = dict(zip(found[::2], found[1::2], strict=True))
        if not field or self.now_ms() > int(field["expires"]) or epoch not in ("", field["epoch"]):
            raise UnknownStream(stream)
        first, last = int(field["first"]), int(field["last"])
        return StreamInfo(
            stream, field["epoch"], first, last, field["ended"] == "1", field["principal"], field["about"]
        )

    async def read_after(self, stream: str, epoch: str, seq: int, most_bytes: int) -> tuple[list[Entry], bool]:
        with _errors():
            asked = [self.now_ms(), seq, READ_COUNT + 1, epoch, most_bytes]
            found = await self._script_read(keys=self._keys(stream), args=asked)
        if found is None:
            raise UnknownStream(stream)
        return take_batch((_entry(id, values) for id, values in found), most_bytes, READ_COUNT)

    @asynccontextmanager
    async def watch(self, stream: str, notify: Callable[[], None]) -> AsyncIterator[None]:
        with _errors():
            await self._notices.add(stream, notify)
        try:
            yield
        finally:
            self._notices.remove(stream, notify)

    async def unfinished(self) -> list[str]:
        streams = []
        start, end = f"{self._prefix}:{{", "}:info"
        with _errors():
            async for key in self._redis.scan_iter(match=f"{self._prefix}:{{*}}:info"):
                stream = _text(key)[len(start) : -len(end)]
                if await self._redis.hget(key, "ended") in (b"0", "0") and await self._is_there(stream):
                    streams.append(stream)
        return sorted(streams)

    async def delete(self, stream: str) -> None:
        with _errors():
            await self._redis.delete(*self._keys(stream))
            await self._redis.publish(self._channel(stream), 0)

    async def close(self) -> None:
        await self._notices.close()
        if self._owned:
            await self._redis.aclose()

    async def _is_there(self, stream: str) -> bool:
        try:
            await self.info(stream)
        except UnknownStream:
            return False
        return True

    def _keys(self, stream: str) -> list[str]:
        return [f"{self._prefix}:{{{stream}}}:info", f"{self._prefix}:{{{stream}}}:log"]

    def _channel(self, stream: str) -> str:
        return f"{self._prefix}:{{{stream}}}:news"


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (MovedError, ClusterDownError, ClusterCrossSlotError) as error:
        how = "give RedisLog a redis.asyncio.RedisCluster, and no idempotency keys"
        raise LogUnavailable(f"the replay log's Redis is a Redis Cluster: {how} ({error})") from error
    except (RedisError, OSError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise LogUnavailable(f"the replay log's Redis does not answer as it should: {detail}") from error


def _entry(id: bytes | str, values: list[bytes | str]) -> Entry:
    """As APPEND has added it: the seq in the id, then names and values in turn."""
    _, type, _, data, _, at, *_ = (_text(value) for value in values)
    return Entry(int(_text(id).partition("-")[2]), type, data, int(at))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
