"""What every service must come through, told once; ``arena.service`` is whom it befalls."""

import asyncio
from collections.abc import Sequence

from payops_kernel.testing import eventually
from payops_testing.faultlab.arena import Arena
from payops_testing.faultlab.checker.findings import Findings
from payops_testing.faultlab.upstream import Outgoing, records

RECOVERY_SECONDS = 90.0


async def killed_at(
    arena: Arena, points: Sequence[str], count: int, poison: Sequence[Outgoing] = ()
) -> Findings:
    """Each process takes over from one that died, and dies at the next point itself."""
    events = arena.service.events(count)
    portions = [events[number :: len(points) + 1] for number in range(len(points) + 1)]
    for service in arena.service.line[:-1]:
        arena.launch(service)
    for point, portion in zip(points, portions, strict=False):
        passes = 2 if point.startswith("consumer.") else 1
        doomed = arena.launch(fault=f"{point}:{passes}")
        await arena.publish([*records(portion), *poison])
        await arena.crashed(doomed)
    arena.launch()
    await arena.publish(records(portions[-1]))
    return await arena.verdict()


async def all_killed_at_once(arena: Arena, count: int) -> Findings:
    """Every process, the broker and mongod, in the middle of the work."""
    events = arena.service.events(count)
    half = len(events) // 2
    before = [arena.launch(service) for service in arena.service.line]
    async with arena.load(events[:half]):
        await eventually(lambda: arena.applied() > half // 4, RECOVERY_SECONDS)
    for process in before:
        process.kill()
    await asyncio.gather(arena.mongo.akill(), arena.kafka.akill())
    await asyncio.gather(arena.mongo.astart(), arena.kafka.astart())
    for service in arena.service.line:
        arena.launch(service)
    await arena.publish(records(events[half:]))
    return await arena.verdict(deadline=RECOVERY_SECONDS)


async def read_again_from_the_start(arena: Arena, count: int) -> Findings:
    """Its whole topic is read a second time, and its state stays as it was."""
    *others, process = await arena.start_line()
    await arena.publish(records(arena.service.events(count)))
    await arena.verdict()
    before = arena.stored()
    assert await process.stop() == 0
    arena.rewind()
    await arena.start()
    findings = await arena.verdict()
    assert arena.stored() == before
    for each in others:
        each.require_running()
    return findings
