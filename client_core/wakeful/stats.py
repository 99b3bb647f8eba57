"""Counters of one client's life. Getters for metrics; nothing is decided by them."""


class Stats:
    """All counts start at 0. failures: a count for each FailureKind that occurred."""

    def __init__(self) -> None:
        self.attempts = 0  # Connect actions, that is requests
        self.opens = 0  # responses that were an event stream
        self.resumes = 0  # opens that asked to go on from a last event ID
        self.messages = 0  # taken by the application
        self.comments = 0
        self.duplicates = 0  # repeated by the server after a resume, and dropped
        self.bytes = 0  # of bodies
        # Of a server that speaks the profile:
        self.heartbeats = 0
        self.gaps = 0  # something in between did not come, and was asked for again
        self.skipped = 0  # events that the server left out on purpose
        self.resets = 0  # the application was told to begin anew
        self.drains = 0  # the server asked to connect again
        self.warnings = 0  # malformed or misplaced frames, ignored
        self.redirects = 0
        self.token_requests = 0
        self.late_inputs = 0  # from a connection that was given up, ignored
        self.late_timers = 0  # timers that fired more than LATE_MS late: sleep, or a throttled tab
        self.failures: dict[str, int] = {}
        self.lifetime_ms = 0  # of the last connection, from its response head to its end
        self.lifetimes_ms = 0  # of all connections together
        self.longest_ms = 0

    def __repr__(self) -> str:
        """What is not shown is 0."""
        counts = [f"{name}={value!r}" for name, value in self.__dict__.items() if value]
        return f"Stats({', '.join(counts)})"

    def count_failure(self, kind: str) -> None:
        """For the machine: one more failure of this kind, a FailureKind."""
        self.failures[kind] = self.failures.get(kind, 0) + 1

    def count_lifetime(self, ms: int) -> None:
        """For the machine: a connection has ended that lived so many ms."""
        self.lifetime_ms = ms
        self.lifetimes_ms += ms
        self.longest_ms = max(self.longest_ms, ms)
