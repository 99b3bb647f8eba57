"""The desk where faults are ordered: which viewer has an open exchange, and what is to strike it next."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from wakeful_demo.exchange import Exchange
from wakeful_demo.faults import FAULTS, Fault, Parameters
from wakeful_demo.http1 import Request

MAX_PARAMETER = 100_000_000
MAX_QUERY_FAULTS = 1000
MAX_VIEWERS = 1000


class BadOrder(ValueError):
    """The fault cannot be ordered as asked; the message says why."""


@dataclass
class Order:
    """A fault that is to strike so many connections more."""

    fault: Fault
    parameters: Parameters
    times: int

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Order":
        """From {"fault": name, "times": n, and the fault's own parameters}. Raises BadOrder."""
        name = asked.get("fault")
        fault = FAULTS.get(name) if isinstance(name, str) else None
        if fault is None:
            raise BadOrder(f"'fault' is one of {', '.join(FAULTS)}")
        parameters, times = dict(fault.parameters), fault.times
        for key, value in asked.items():
            if key == "fault":
                continue
            if key != "times" and key not in parameters:
                raise BadOrder(f"{fault.name} takes {', '.join(('times', *parameters))}, not {key}")
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_PARAMETER:
                raise BadOrder(f"'{key}' is a whole number from 0 to {MAX_PARAMETER}")
            if key == "times":
                times = value
            else:
                parameters[key] = value
        return cls(fault, parameters, times)

    async def strike(self, exchange: Exchange) -> None:
        exchange.note_fault(self.fault.name)
        await self.fault.act(exchange, self.parameters)

    def public(self) -> dict[str, object]:
        return {"fault": self.fault.name, "times": self.times, **self.parameters}


@dataclass
class Viewer:
    open: set[Exchange] = field(default_factory=set)
    orders: list[Order] = field(default_factory=list)


class Desk:
    """unavailable: the faults that can't be had on this machine, with the reason."""

    def __init__(self, unavailable: dict[str, str], kill_server: Callable[[], None]) -> None:
        self.unavailable = unavailable
        self.kill_server = kill_server
        self._viewers: defaultdict[str, Viewer] = defaultdict(Viewer)
        self._asked_by_query: dict[tuple[str, str, str], int] = {}

    def catalogue(self) -> list[dict[str, object]]:
        return [
            {
                "name": fault.name,
                "title": fault.title,
                "description": fault.description,
                "target": fault.target,
                "times": fault.times,
                "parameters": fault.parameters,
                "available": fault.name not in self.unavailable,
                "reason": self.unavailable.get(fault.name, ""),
            }
            for fault in FAULTS.values()
        ]

    def order(self, label: str, order: Order) -> None:
        """Strike this viewer's open streams now, and its next ones for the times that are left."""
        self._check(order)
        if len(self._viewers) >= MAX_VIEWERS and label not in self._viewers:
            raise BadOrder(f"{MAX_VIEWERS} viewers have faults on order")
        viewer = self._viewers[label]
        if order.fault.target == "server":
            for exchange in viewer.open:
                exchange.note_fault(order.fault.name)
            self.kill_server()
            return
        for exchange in list(viewer.open):
            if order.fault.target == "request":
                exchange.strike(cut)  # or there would be no next request
            elif order.times > 0:
                order.times -= 1
                exchange.strike(order.strike)
        if order.times > 0:
            viewer.orders.append(order)

    def cancel(self, label: str) -> None:
        """Forget what was ordered, and free open streams of what they suffer by cutting them."""
        viewer = self._viewers[label]
        viewer.orders.clear()
        for exchange in list(viewer.open):
            if exchange.suffers:
                exchange.strike(cut)

    def state(self, label: str) -> dict[str, object]:
        viewer = self._viewers.get(label, Viewer())
        return {"client": label, "open": len(viewer.open), "orders": [order.public() for order in viewer.orders]}

    def enter(self, label: str, exchange: Exchange) -> Order | None:
        """A viewer's request came in: what is to strike it."""
        viewer = self._viewers[label]
        viewer.open.add(exchange)
        if not viewer.orders:
            return self._order_by_query(label, exchange.request)
        order = viewer.orders[0]
        order.times -= 1
        if order.times <= 0:
            viewer.orders.pop(0)
        return order

    def leave(self, label: str, exchange: Exchange) -> None:
        viewer = self._viewers[label]
        viewer.open.discard(exchange)
        if not viewer.open and not viewer.orders:
            del self._viewers[label]

    def _order_by_query(self, label: str, request: Request) -> Order | None:
        """`?fault=NAME` strikes the first connections of one viewer to one path, as many as its times say."""
        name = request.query("fault")
        if name is None:
            return None
        asked: dict[str, Any] = {"fault": name}
        for key in ("times", *(FAULTS[name].parameters if name in FAULTS else ())):
            value = request.query(key)
            if value is not None:
                asked[key] = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value
        order = Order.of(asked)
        self._check(order)
        key = (label, urlsplit(request.target).path, name)
        struck = self._asked_by_query.get(key, 0)
        if len(self._asked_by_query) >= MAX_QUERY_FAULTS:
            self._asked_by_query.clear()
        self._asked_by_query[key] = struck + 1
        return order if struck < order.times else None

    def _check(self, order: Order) -> None:
        reason = self.unavailable.get(order.fault.name)
        if reason:
            raise BadOrder(f"{order.fault.name} is off here: {reason}")


async def cut(exchange: Exchange) -> None:
    exchange.cut()
