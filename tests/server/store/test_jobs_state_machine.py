"""Any sequence of deliveries, jobs and kills: the state says what a plain dictionary says."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sbdk.server.store import Delivery, Push, Store

REFS = st.sampled_from(["refs/heads/main", "refs/heads/dev"])
PUSHES = st.builds(
    Push, st.integers(1, 2), st.just("ada/shop"), REFS, st.sampled_from([f"{number:040x}" for number in range(6)])
)
IDS = st.sampled_from([f"delivery-{number}" for number in range(12)])
DELIVERIES = st.builds(Delivery, IDS, st.just("push"), st.one_of(st.none(), PUSHES))

EXAMPLES, MANY = 15, 500


@dataclass
class Known:
    """A job as the model has it."""

    push: Push
    status: str = "queued"
    attempts: int = 0
    place: int = 0


class Server(RuleBasedStateMachine):
    """The model: a set of ids, a set of commits, a list of jobs."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="sbdk-state-"))
        self.state = Store(self.folder / "server.sqlite")
        self.ids: set[str] = set()
        self.commits: set[tuple[int, str, str]] = set()
        self.jobs: list[Known] = []

    def teardown(self) -> None:
        self.state.close()
        shutil.rmtree(self.folder)

    def expected(self, delivery: Delivery) -> str:
        """What the model answers, and does."""
        if delivery.delivery_id in self.ids:
            return "duplicate"
        self.ids.add(delivery.delivery_id)
        push = delivery.push
        if push is None:
            return "ignored"
        key = (push.repository_id, push.ref, push.after)
        if key in self.commits:
            return "known"
        self.commits.add(key)
        place = len(self.jobs)
        for job in self.jobs:
            if job.status == "queued" and key[:2] == (job.push.repository_id, job.push.ref):
                job.status, place = "superseded", job.place
        self.jobs.append(Known(push, place=place))
        return "accepted"

    @rule(deliveries=st.lists(DELIVERIES, min_size=1, max_size=8))
    def deliver_together(self, deliveries: list[Delivery]) -> None:
        """Many at once, in one commit or several: as if one after another."""

        async def ask() -> list[str]:
            return await asyncio.gather(*(self.state.accept(delivery) for delivery in deliveries))

        assert asyncio.run(ask()) == [self.expected(delivery) for delivery in deliveries]

    @rule()
    def claim(self) -> None:
        waiting = [job for job in self.jobs if job.status in ("queued", "interrupted")]
        expected = min(waiting, key=lambda job: (job.status == "queued", job.place), default=None)
        claimed = self.state.claim()
        assert (claimed is None) == (expected is None)
        if claimed and expected:
            expected.status, expected.attempts = "running", expected.attempts + 1
            assert (claimed.commit, claimed.ref, claimed.attempts) == (
                expected.push.after,
                expected.push.ref,
                expected.attempts,
            )

    def running(self) -> list[tuple[int, Known]]:
        return [(number, job) for number, job in enumerate(self.jobs, start=1) if job.status == "running"]

    @precondition(lambda self: self.running())
    @rule(status=st.sampled_from(["built", "failed", "timed_out", "skipped"]))
    def finish(self, status: str) -> None:
        number, job = self.running()[0]
        self.state.finish(number, status, run_id="r" if status == "built" else None)  # type: ignore[arg-type]
        job.status = status

    @precondition(lambda self: self.running())
    @rule(counts=st.booleans())
    def interrupt(self, counts: bool) -> None:
        number, job = self.running()[-1]
        self.state.interrupt(number, counts=counts)
        job.status, job.attempts = "interrupted", job.attempts - (0 if counts else 1)

    @rule()
    def kill(self) -> None:
        """What a kill leaves: the file and its log as they are on the disk, without a close."""
        left = self.folder.with_name(self.folder.name + "-left")
        shutil.copytree(self.folder, left)
        self.state.close()
        shutil.rmtree(self.folder)
        left.rename(self.folder)
        self.state = Store(self.folder / "server.sqlite")

    @invariant()
    def the_jobs_are_those_of_the_model(self) -> None:
        stored = [(job.commit, job.ref, job.status, job.attempts) for job in self.state.jobs(1_000)[::-1]]
        assert stored == [(job.push.after, job.push.ref, job.status, job.attempts) for job in self.jobs]

    @invariant()
    def one_waits_for_each_ref(self) -> None:
        waiting = [(job.repository_id, job.ref) for job in self.state.jobs(1_000) if job.status == "queued"]
        assert len(waiting) == len(set(waiting))

    @invariant()
    def the_last_built_is_the_newest_job_that_was_built(self) -> None:
        for push in {job.push for job in self.jobs}:
            built = [
                job.push.after
                for job in self.jobs
                if job.status == "built" and (job.push.repository_id, job.push.ref) == (push.repository_id, push.ref)
            ]
            assert self.state.last_built(push) == (built[-1] if built else None)


class Longer(Server):
    """The same, for `make faults`."""


ALIKE = settings(stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
Server.TestCase.settings = settings(ALIKE, max_examples=EXAMPLES)
Longer.TestCase.settings = settings(ALIKE, max_examples=MANY)
TestState = Server.TestCase
TestStateManyTimes = pytest.mark.faults(Longer.TestCase)
