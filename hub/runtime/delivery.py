"""How the effects of a batch reach the broker: in order, or together with its offset in one transaction (ADR 0013)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Protocol

from aiokafka import TopicPartition
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidTransactionTimeout,
    KafkaError,
    ProducerFenced,
    TransactionalIdAuthorizationFailed,
)
from aiokafka.structs import OffsetAndMetadata

from hub.errors import NoTransactions, Outpaced
from hub.runtime.points import Partition, Point
from hub.runtime.producer import BatchProducer, ProducerSettings
from hub.runtime.records import Offsets, Out

_SIDE_BY_SIDE = 8
Stage = tuple[Point, list[Out]]
Reach = Callable[[Point], None]
Guard = Callable[[], Awaitable[None]]
Persist = Callable[[Callable[[], Awaitable[Offsets]]], Awaitable[Offsets]]
"""Awaits an action until it works: the lane's retry in place."""


class Delivery(Protocol):
    """Writes what a batch or a tick causes, so that everything is acknowledged when `deliver` returns."""

    @property
    def seals_offsets(self) -> bool:
        """The offset of a batch is committed with its effects, and by nothing else."""

    async def open(self, target: Partition, generation: int) -> None:
        """A partition to read is ours from now on: nobody who had it before may write for it any more."""

    async def keep(self, targets: Iterable[Partition], generation: int) -> None:
        """These are ours now, and will be opened; whatever was opened for others is not needed."""

    async def deliver(
        self,
        target: Partition,
        stages: Iterable[Stage],
        next_offset: int | None,
        persist: Persist,
        reach: Reach,
        guard: Guard,
    ) -> Offsets:
        """Write the stages. `next_offset`: what the batch lets the group commit; None for a tick. `guard` raises if
        somebody newer owns what these effects follow from.
        """


class InOrder:
    """Stage after stage: each is acknowledged before the next is sent."""

    seals_offsets = False

    def __init__(self, producer: BatchProducer) -> None:
        self._producer = producer

    async def open(self, target: Partition, generation: int) -> None:
        """See `Delivery.open`: the store's fence is all there is."""

    async def keep(self, targets: Iterable[Partition], generation: int) -> None:
        """See `Delivery.keep`: nothing was opened."""

    async def deliver(
        self,
        target: Partition,
        stages: Iterable[Stage],
        next_offset: int | None,
        persist: Persist,
        reach: Reach,
        guard: Guard,
    ) -> Offsets:
        """See `Delivery.deliver`."""
        written: dict[Partition, int] = {}
        for reached, outs in stages:
            written |= await persist(_sending(self._producer, outs, reach, guard))
            reach(reached)
        return written


def _sending(producer: BatchProducer, outs: list[Out], reach: Reach, guard: Guard) -> Callable[[], Awaitable[Offsets]]:
    async def send() -> Offsets:
        await guard()
        return await producer.send(outs, lambda: reach(Point.SENDING))

    return send


class Transactions:
    """All stages and the offset in one transaction, with a transactional id for each partition read.

    Whoever opens a partition fences the one who had it before, at the broker: a worker that slept through its own
    replacement cannot write anything when it wakes up, and whatever it had begun is aborted.
    """

    seals_offsets = True

    def __init__(self, settings: ProducerSettings, group: str) -> None:
        self._settings = settings
        self._group = group
        self._writers: dict[Partition, BatchProducer] = {}
        self._generations: dict[Partition, int] = {}
        # A worker may get fifty partitions at once: a connection and two requests each, side by side.
        self._opening: dict[Partition, asyncio.Task[None]] = {}
        self._side_by_side = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def open(self, target: Partition, generation: int) -> None:
        """See `Delivery.open`."""
        begun = self._opening.pop(target, None)
        if begun is not None:
            with contextlib.suppress(KafkaError, OSError):  # said again just below, where it is tried again
                await begun
        await self._open(target, generation)

    async def _open(self, target: Partition, generation: int) -> None:
        unbroken = generation - self._generations.get(target, -2) in (0, 1)  # nobody can have had it in between
        if target not in self._writers or not unbroken:
            async with self._side_by_side:
                await self._discard(target)
                await self._begin_epoch(target)
        self._generations[target] = generation

    async def keep(self, targets: Iterable[Partition], generation: int) -> None:
        """See `Delivery.keep`."""
        await self._let_go(set(self._writers) - set(targets))
        self._opening = {target: asyncio.create_task(self._open(target, generation)) for target in targets}

    async def stop(self) -> None:
        """Disconnect. An open transaction is aborted by whoever opens its partition next."""
        await self._let_go(self._writers)

    async def _let_go(self, targets: Iterable[Partition]) -> None:
        opening, self._opening = self._opening, {}
        for task in opening.values():
            task.cancel()
        await asyncio.gather(*opening.values(), return_exceptions=True)
        await asyncio.gather(*(self._discard(target) for target in list(targets)))

    async def deliver(
        self,
        target: Partition,
        stages: Iterable[Stage],
        next_offset: int | None,
        persist: Persist,
        reach: Reach,
        guard: Guard,
    ) -> Offsets:
        """See `Delivery.deliver`."""
        outs = [out for _, stage in stages for out in stage]
        return await persist(lambda: self._transact(target, outs, next_offset, reach, guard))

    async def _transact(
        self, target: Partition, outs: list[Out], next_offset: int | None, reach: Reach, guard: Guard
    ) -> Offsets:
        await guard()  # a store that is away must not cost a transaction for every attempt
        writer = self._writers.get(target) or await self._begin_epoch(target)
        try:
            await writer.begin()
            reach(Point.BEGUN)
            written = await writer.send(outs, lambda: reach(Point.SENDING))
            reach(Point.WRITTEN)
            if next_offset is not None:
                await writer.add_offsets({TopicPartition(*target): OffsetAndMetadata(next_offset, "")}, self._group)
                reach(Point.OFFERED)
            await guard()
            await writer.seal()
        except (ProducerFenced, InvalidProducerEpoch):
            # Somebody else opened the partition, or the transaction took longer than the broker waits: which of the
            # two cannot be told from here. Opening it again might fence a rightful successor.
            self._forget(target)
            raise Outpaced(*target) from None
        except BaseException:
            # What is left of the transaction is aborted when the partition is opened again, by us or by a successor.
            self._forget(target)
            raise
        reach(Point.SEALED)
        # The record that ends the transaction takes an offset, too; whoever reads on from its end begins behind that.
        return {touched: end + 1 for touched, end in written.items()}

    async def _begin_epoch(self, target: Partition) -> BatchProducer:
        topic, partition = target
        name = f"{self._group}.{topic}.{partition}"
        writer = BatchProducer(replace(self._settings, transactional_id=name, client_id=name))
        try:
            await writer.start()
        except (InvalidTransactionTimeout, TransactionalIdAuthorizationFailed) as error:
            await writer.stop()
            raise NoTransactions(name, type(error).__name__) from None
        except BaseException:
            await writer.stop()
            raise
        self._writers[target] = writer
        return writer

    def _forget(self, target: Partition) -> None:
        writer = self._writers.pop(target, None)
        if writer is not None:
            writer.abandon()

    async def _discard(self, target: Partition) -> None:
        self._generations.pop(target, None)
        writer = self._writers.pop(target, None)
        if writer is not None:
            await writer.stop()
