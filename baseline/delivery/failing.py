"""Why a step of a delivery test did not go through: worth another try, or not."""

from __future__ import annotations

from baseline.errors import BaselineError


class StepFailed(BaselineError):
    """A step did not go through; the message says where and why. `reply` is what the server said, where it did."""

    def __init__(self, message: str, reply: str = "") -> None:
        super().__init__(message)
        self.reply = reply


class NoAnswer(StepFailed):
    """A server gave no answer, or one that holds for now only (then there is a `reply`). It is asked again."""


class WrongAnswer(StepFailed):
    """A server gave an answer that will not be another one next time: a refusal, a login that fails, nonsense."""
