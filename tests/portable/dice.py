"""Chance with a seed, the same in every runtime: shifts and xors on 32 bits."""


class Dice:
    """Marsaglia's xorshift32 ("Xorshift RNGs", 2003). seed: 1 to 2^32-1."""

    def __init__(self, seed: int) -> None:
        self._state = seed
        for _ in range(8):  # small seeds begin with small numbers
            self.roll(2)

    def roll(self, n: int) -> int:
        """An int in [0, n)."""
        state = self._state
        state = state ^ ((state << 13) & 0xFFFFFFFF)
        state = state ^ (state >> 17)
        state = state ^ ((state << 5) & 0xFFFFFFFF)
        self._state = state
        return state % n
