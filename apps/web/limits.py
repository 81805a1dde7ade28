"""How often a key may ask and change something: token buckets, in memory.

A bucket holds up to `burst` tokens, is filled at `rate` a minute, and a request takes as many as it
costs: a batch of n questions costs n. The headers are those of the IETF's draft
(draft-ietf-httpapi-ratelimit-headers-10).
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...pipeline.settings import ServiceSettings
from .errors import RateLimited
from .rights import Right

__all__ = ["Limits", "Policy"]

_CHANGES = frozenset({Right.CORRECT, Right.EDIT, Right.ADMIN})
_SWEEP = 10_000
"""Buckets beyond which full ones are dropped."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A limit: its name in headers, tokens a minute, and tokens at once."""

    name: str
    rate: int
    burst: int


class Limits:
    """The buckets of all keys. Safe from several threads."""

    def __init__(
        self, settings: ServiceSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.ask = Policy("ask", settings.ask_rate, settings.ask_burst)
        self.write = Policy("write", settings.write_rate, settings.write_rate)
        self._clock, self._lock = clock, threading.Lock()
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def policy(self, right: Right, method: str) -> Policy | None:
        """What bounds an operation; None: nothing does."""
        if right is Right.ASK:
            return self.ask
        return self.write if right in _CHANGES and method not in ("GET", "HEAD") else None

    def take(self, policy: Policy, owner: str, cost: int = 1) -> Mapping[str, str]:
        """Let `owner` have `cost` tokens; returns headers that say how many are left.

        What costs more than a whole burst is let through when the bucket is full, and owed. Raises
        RateLimited.
        """
        each = policy.rate / 60
        with self._lock:
            now = self._clock()
            level, noted = self._buckets.get((policy.name, owner), (float(policy.burst), now))
            level = min(policy.burst, level + (now - noted) * each)
            wanted = min(cost, policy.burst)
            wait = (wanted - level) / each
            if wait <= 1e-9:
                level -= cost
            self._buckets[policy.name, owner] = (level, now)
            if len(self._buckets) > _SWEEP:
                self._sweep(now)
        if wait > 1e-9:
            raise RateLimited(
                f"this key may {policy.name} {policy.rate} times a minute, and {policy.burst} at "
                f"once; wait {math.ceil(wait)} s",
                retry_after=wait,
            )
        window = math.ceil(policy.burst / each)
        return {
            "RateLimit-Policy": f'"{policy.name}";q={policy.burst};w={window}',
            "RateLimit": f'"{policy.name}";r={max(0, int(level))};t={math.ceil(1 / each)}',
        }

    def _sweep(self, now: float) -> None:
        """Forget buckets that are full again: a new one says the same."""
        for place, (level, noted) in list(self._buckets.items()):
            policy = self.ask if place[0] == self.ask.name else self.write
            if level + (now - noted) * policy.rate / 60 >= policy.burst:
                del self._buckets[place]
