"""What becomes of a discovery's answers: sightings and proven links as they come, all links once the job has ended."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from jobs.enums import JobKind
from jobs.kinds import Finished, Outcome
from jobs.models import Job
from networkops.errors import Cancelled
from networkops.neighbours import Neighbours
from topology.models import NeighbourAnswer
from topology.services import draw_proven, recognise_and_draw
from topology.sightings import Told, keep_sightings


def keep_neighbours(job: Job, finished: Sequence[Finished]) -> dict[int, Outcome]:
    """Store what each device hears. What a device that failed said before stays as it is."""
    now = timezone.now()
    answers: list[NeighbourAnswer] = []
    told: list[Told] = []
    outcomes: dict[int, Outcome] = {}
    for done in finished:
        if isinstance(done.error, Cancelled):  # nobody asked it
            outcomes[done.target.pk] = Outcome({}, done.error)
            continue
        answer = NeighbourAnswer(customer_id=job.customer_id, device_id=done.target.device_id)
        answers.append(answer)
        if done.error is not None:
            answer.failed_at, answer.problem = now, str(done.error)[:200]
            outcomes[done.target.pk] = Outcome({}, done.error)
            continue
        result: Neighbours = done.result
        answer.answered_at = now
        told.append(Told(done.target.device_id, result.heard))
        outcomes[done.target.pk] = Outcome({"neighbours": len(result.heard)})
    _keep_answers([one for one in answers if one.answered_at], ["answered_at"])
    _keep_answers([one for one in answers if one.failed_at], ["failed_at", "problem"])
    keep_sightings(job, told, now)
    if told:
        draw_proven(job, [one.device for one in told])
    return outcomes


def _keep_answers(answers: Sequence[NeighbourAnswer], fields: list[str]) -> None:
    NeighbourAnswer.objects.bulk_create(
        sorted(answers, key=lambda one: one.device_id),
        update_conflicts=True,
        unique_fields=["device"],
        update_fields=fields,
        batch_size=500,
    )


def after_discovery(job: Job) -> None:
    """Where a discovery has ended, and all devices have said what they say: what links follow from it."""
    if job.kind == JobKind.TOPOLOGY_DISCOVERY:
        recognise_and_draw(job.customer_id)
