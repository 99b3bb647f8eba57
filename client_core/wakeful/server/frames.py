"""The control frames of the profile (es.*), as blocks. The draft in spec/ says what each means."""

from wakeful.document import dump_document, make_array, make_object, put
from wakeful.server.encode import encode_event
from wakeful.server.limits import LogLimits
from wakeful.server.options import ServerOptions
from wakeful.server.records import StreamInfo

# A viewer counts whole lines, "data: " included.
LINE_BYTES = 6

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.server.records import DrainReason, ResetReason


def hb_timeout_ms(hb_ms: int) -> int:
    """Two heartbeats may be lost, and half of one be late, before silence counts."""
    return hb_ms * 5 // 2 + 2_000 if hb_ms > 0 else 0


def hello_block(
    options: ServerOptions, info: StreamInfo, limits: LogLimits, next_seq: int, hb_ms: int, resume: str
) -> bytes:
    """The stream's parameters. next_seq: of the next logged event on this connection."""
    retry = make_object(
        [
            ("base", options.retry_base_ms),
            ("max", options.retry_cap_ms),
            ("attempts", options.retry_attempts),
            ("budget", options.retry_budget_ms),
        ]
    )
    document = make_object(
        [
            ("v", 1),
            ("stream", info.stream),
            ("epoch", info.epoch),
            ("next", next_seq),
            ("hb", hb_ms),
            ("hbTimeout", hb_timeout_ms(hb_ms)),
            ("retry", retry),
            ("replay", make_object([("mode", "log"), ("window", limits.window_ms), ("first", info.first)])),
            ("onDisconnect", options.on_disconnect),
            ("maxEvent", limits.max_event_bytes + LINE_BYTES),
        ]
    )
    if resume != "":
        put(document, "resume", resume)
    if options.cancel != "":
        put(document, "cancel", options.cancel)
    if options.ttl_ms > 0:
        put(document, "ttl", options.ttl_ms)
    if options.payload != "":
        put(document, "payload", options.payload)
    return encode_event(dump_document(document), type="es.hello", retry_ms=options.retry_ms)


def heartbeat_block(at: int) -> bytes:
    """The heartbeat as an event. at: the last seq that was written on this connection, or what it resumed behind."""
    return encode_event(dump_document(make_object([("at", at)])), type="es.hb")


def skip_block(first: int, last: int) -> bytes:
    """These seqs are absent on purpose; the next id is last + 1."""
    return encode_event(dump_document(make_object([("from", first), ("to", last)])), type="es.skip")


def reset_block(epoch: str, reason: "ResetReason", base: int) -> bytes:
    """Discard state and cursor; a snapshot follows, whose last event has the id epoch.base."""
    return encode_event(
        dump_document(make_object([("epoch", epoch), ("reason", reason), ("base", base)])), type="es.reset"
    )


def drain_block(reason: "DrainReason", window_ms: int, deadline_ms: int) -> bytes:
    """Reconnect after a random part of the window; the socket is closed at the deadline."""
    window = make_array([0, window_ms])
    document = make_object([("reason", reason), ("window", window), ("deadline", deadline_ms)])
    return encode_event(dump_document(document), type="es.drain")
