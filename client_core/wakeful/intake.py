"""What the connections bring, in order: the application's events one by one, and what the machine has to do.

Nothing is looked at before it is taken, so that the last event ID is exactly what the application has.
"""

from wakeful.dedupe import RecentMessages
from wakeful.errors import EventTooLarge
from wakeful.options import Options
from wakeful.parser import EventStreamParser
from wakeful.profile import Profile
from wakeful.records import Comment, Message, ProtocolWarning, Reset
from wakeful.stats import Stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.profile import Order


class Intake:
    def __init__(self, options: Options, stats: Stats) -> None:
        self.profile = Profile(stats, options.url, options.last_event_id)
        self.parser = EventStreamParser(options.max_event_bytes, options.last_event_id)
        self._options = options
        self._stats = stats
        self._recent = RecentMessages(options.dedupe_window, options.dedupe_bytes)
        self._held: Message | None = None  # until a Reset before it has been taken
        self._held_has_id = False
        self._order: "Order" = ""

    @property
    def holds_messages(self) -> bool:
        """Whether something of the body may wait to be taken."""
        return self.parser.has_lines or self._held is not None

    def connected(self) -> None:
        """A connection begins."""
        self.profile.connected()
        self.parser.max_event_bytes = self._options.max_event_bytes
        self.parser.last_event_id = self.profile.last_event_id

    def discard(self) -> None:
        """The connection is over, and what is left of it does not count."""
        self.parser.reset()
        self._held = None

    def next_news(self) -> Reset | ProtocolWarning | None:
        news = self.profile.news
        return news.pop(0) if len(news) > 0 else None

    def take_order(self) -> "Order":
        order = self._order
        self._order = ""
        return order

    def take(self, attempt: int) -> Message | Comment | Reset | ProtocolWarning | None:
        """The next event for the application, None if there is none now. Look at take_order() after each.

        attempt: the connection's number.
        """
        while self._order == "":
            news = self.next_news()
            if news is not None:
                return news
            event = self._next()
            if event is None:
                return None
            if isinstance(event, Comment):
                return self._take_comment(event)
            if self._accepts(event, attempt):
                return event
        return None

    def _next(self) -> Message | Comment | None:
        held = self._held
        if held is not None:
            return held
        parser = self.parser
        try:
            event = parser.next_event()
        except EventTooLarge as error:
            self.profile.detail = str(error)
            self._order = "event-too-large"
            return None
        self._held_has_id = parser.has_id
        # A plain stream's id counts without a message too; in a numbered one only a message moves the position.
        if not isinstance(event, Message) and self.profile.mode != "protocol":
            self.profile.last_event_id = parser.last_event_id
        return event

    def _take_comment(self, comment: Comment) -> Comment | None:
        self._stats.comments += 1
        self._order = self.profile.receive_comment(comment.text)
        return comment if self._order == "" else None

    def _accepts(self, message: Message, attempt: int) -> bool:
        """Whether the application gets this message now."""
        self._held = None
        step = self.profile.receive(message, self._held_has_id)
        self.parser.last_event_id = self.profile.last_event_id
        if step == "deliver":
            message.last_event_id = self.profile.last_event_id  # a malformed id is none
            return self._is_news(message, attempt)
        if step == "hold":
            self._held = message
        else:
            self._order = step
        return False

    def _is_news(self, message: Message, attempt: int) -> bool:
        """Neither a repeat, nor the data that only marks a plain stream's end."""
        options = self._options
        plain = self.profile.mode == "plain"
        if plain and self._held_has_id and self._recent.repeats(message, self.parser.size, attempt):
            self._stats.duplicates += 1
            return False
        if message.data == options.end_data:
            if plain:
                self._order = "end-marker"
            return False
        self._stats.messages += 1
        if plain and message.type == options.end_type:
            self._order = "end-marker"
        return True
