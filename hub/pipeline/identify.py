"""Identify: one validated event becomes one parcel for each subject it names, and two for the books.

A number that fails its check links nothing: its bearer gets a provisional key from (agency, source_record_id), so the
claim is kept and the ID rules can speak, but no two records are ever joined by a wrong number (architecture 2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hub.domain.addresses import meeting_place
from hub.domain.claim import Act, Claim, Kind, Link, Named, Parcel
from hub.domain.event import Event, PersonRef
from hub.domain.identifiers import check_identifier
from hub.domain.keys import Keyring
from hub.domain.regions import RegionTable
from hub.domain.times import day_of
from hub.mapping.load import entry_of, facts_of, golden_of, groups_of, persons_of, units_of
from hub.mapping.spec import EventMapping

# Prefixes of residence permits of Hong Kong, Macao and Taiwan residents (domain 2.1).
_HMT_PREFIXES = ("810000", "820000", "830000")
# Residents are told of groups and units they belong to and of a spouse; never of other people (no kinship graph).
_RENUMBERED = frozenset({"renumbered_to", "renumbered_from"})

_encoder = msgspec.json.Encoder(order="sorted")


@dataclass
class _Touched:
    """One subject an event names, while its claim is being put together."""

    kind: Kind
    named: list[Named] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


def identify(event: Event, mapping: EventMapping, keyring: Keyring, regions: RegionTable) -> tuple[Parcel, ...]:
    """Every parcel an event causes, its record's ledger first. Pure: the same event gives the same parcels."""
    touched = _touched(event, mapping, keyring, regions)
    facts, golden, entry = facts_of(mapping, event), golden_of(mapping, event), entry_of(mapping, event)
    parcels = [*_book_parcels(event, keyring, touched)]
    for key, subject in touched.items():
        claim = Claim(
            agency=event.source_agency,
            record_id=event.source_record_id,
            seq=event.source_seq,
            event_id=event.event_id,
            event_type=event.event_type,
            op=event.op,
            business_time=event.business_time,
            record_time=event.record_time,
            publish_time=event.publish_time,
            region=event.region_code,
            entry=entry,
            supersedes=event.supersedes,
            sub_source=event.sub_source,
            named=tuple(subject.named),
            links=tuple(subject.links),
            facts=facts,
            golden=golden if any(n.subject for n in subject.named) else {},
        )
        parcels.append(_parcel(event, key, subject.kind, claim=claim))
    return tuple(parcels)


def _touched(event: Event, mapping: EventMapping, keyring: Keyring, regions: RegionTable) -> dict[str, _Touched]:
    touched: dict[str, _Touched] = {}
    people: list[tuple[Link, Named]] = []
    unlinked: dict[PersonRef, str] = {}
    for role, path, ref, kept in _people(event, mapping, regions):
        # The same unusable number and name twice in one event (a tenant, and first member) is one person.
        key, named = _resident(event, role, unlinked.setdefault(ref, path), ref, kept, keyring, regions)
        touched.setdefault(key, _Touched("resident")).named.append(named)
        people.append((Link(role=role, key=key, kind="resident", kept=kept), named))
    everybody = [link for link, _ in people]
    groups = [*_groups_and_units(event, mapping, keyring), *_children_of_one_parent(event, everybody, keyring)]
    for link in groups:
        touched.setdefault(link.key, _Touched(link.kind))
    # Lists are long: what everybody is told of is put together once, not once a person.
    spouses = [link for link in everybody if link.role == "spouse"]
    numbers = [link for link in everybody if link.role in _RENUMBERED]
    same_person = {link.key for link in numbers}
    for key, subject in touched.items():
        kin = [*spouses, *numbers] if key in same_person else spouses
        others = [link for link in kin if link.key != key] if subject.kind == "resident" else everybody
        subject.links = [*groups, *others]
    return touched


def _children_of_one_parent(event: Event, people: list[Link], keyring: Keyring) -> Iterator[Link]:
    """Births of one mother, and of one father, meet, so that one child entered twice is seen (ID-03).

    Such a group knows children only; nobody is told who else is in it.
    """
    if event.event_type == "psb.birth_registered":
        for parent in sorted({link.key for link in people if link.role in ("mother", "father")}):
            yield Link(role="children", key=keyring.subject("children", parent), kind="children")


def _people(
    event: Event, mapping: EventMapping, regions: RegionTable
) -> Iterator[tuple[str, str, PersonRef, dict[str, Any]]]:
    yield from persons_of(mapping, event)
    if event.event_type == "psb.item_corrected" and event.payload.get("item") == "ID_NO" and event.subject:
        yield from _renumbered(event, event.subject, regions)
    if event.event_type == "psb.birth_registered" and event.subject and event.payload.get("birth_cert_no"):
        yield from _named_by_certificate(event.payload["birth_cert_no"], event.subject)


def _named_by_certificate(
    certificate_no: str, child: PersonRef
) -> Iterator[tuple[str, str, PersonRef, dict[str, Any]]]:
    """An infant is known by the birth certificate first; the registration says under which number they go on."""
    if child.id_type != "BIRTH_CERT":
        certified = PersonRef("BIRTH_CERT", certificate_no, child.name, child.sex, child.birth_date)
        yield "renumbered_from", "payload.renumbered_from", certified, {}
        yield "renumbered_to", "payload.renumbered_to", child, {}


def _renumbered(
    event: Event, subject: PersonRef, regions: RegionTable
) -> Iterator[tuple[str, str, PersonRef, dict[str, Any]]]:
    """A corrected number names the person twice: under the number that was, and under the one that is.

    A new number that fails its check moves nobody: it is only asked about (ID-01).
    """
    payload = event.payload
    old = payload.get("id_no_old") or payload.get("old_value")
    new = payload.get("id_no_new") or payload.get("new_value")
    after = _numbered(new, subject, regions) if new else None
    if after and not check_identifier(after.id_type, after.id_no, regions=regions).linkable:
        yield "wrong_number", "payload.renumbered_to", after, {}
        return
    if old:
        yield "renumbered_from", "payload.renumbered_from", _numbered(old, subject, regions), {}
    if after:
        yield "renumbered_to", "payload.renumbered_to", after, {}


def _numbered(number: str, subject: PersonRef, regions: RegionTable) -> PersonRef:
    """The subject under a bare number. What kind of number it is shows in its form, or is the kind of the subject's."""
    if number == subject.id_no:
        return subject
    fitting = (t for t in ("HMT_RP", "RIC", "FPR") if check_identifier(t, number, regions=regions).linkable)
    return PersonRef(next(fitting, subject.id_type), number, subject.name, subject.sex)


def _resident(
    event: Event, role: str, path: str, ref: PersonRef, kept: dict[str, Any], keyring: Keyring, regions: RegionTable
) -> tuple[str, Named]:
    check = check_identifier(
        ref.id_type,
        ref.id_no,
        ref.birth_date,
        ref.sex,
        recorded_on=day_of(event.record_time).isoformat(),
        regions=regions,
    )
    if check.linkable and check.canonical:
        key = keyring.subject("resident", _family(check.id_type, check.canonical), check.canonical)
    else:
        where = () if path == "subject" else (path,)
        key = keyring.subject("resident", "provisional", event.source_agency, event.source_record_id, *where)
    canonical = check.canonical if check.linkable else None
    named = Named(
        role=role,
        id_type=_family(check.id_type, canonical) if canonical else check.id_type,
        id_no=canonical or ref.id_no,
        name=ref.name,
        sex=ref.sex,
        birth_date=ref.birth_date,
        id_codes=check.codes,
        kept=kept,
        subject=path == "subject" or role in ("renumbered_from", "renumbered_to"),
    )
    return key, named


def _family(id_type: str, canonical: str) -> str:
    """The kind of number it is, whatever it was filed as: one number is one resident.

    15 digits were upgraded to 18 for the same person; systems without a kind for residence permits file them as RIC.
    """
    if id_type in ("RIC", "RIC15"):
        return "HMT_RP" if canonical.startswith(_HMT_PREFIXES) else "RIC"
    return id_type


def _groups_and_units(event: Event, mapping: EventMapping, keyring: Keyring) -> Iterator[Link]:
    for kind, number in groups_of(mapping, event):
        if kind != "address":
            yield Link(role=kind, key=keyring.subject(kind, event.source_agency, number), kind=kind)
        elif place := meeting_place(number):
            yield Link(role=kind, key=keyring.subject(kind, *place), kind=kind)
    for code in units_of(mapping, event):
        yield Link(role="unit", key=keyring.subject("unit", code), kind="unit")


def _book_parcels(event: Event, keyring: Keyring, touched: dict[str, _Touched]) -> Iterator[Parcel]:
    """To the source record's ledger, to the event's own pointer, and to the pointer of the event taken back."""
    record_key = keyring.subject("record", event.source_agency, event.source_record_id)
    takes_back = event.supersedes if event.op in ("CORRECT", "CANCEL") else None
    pointer = keyring.subject("event", event.source_agency, takes_back) if takes_back else None
    act = Act(
        agency=event.source_agency,
        event_type=event.event_type,
        op=event.op,
        record_key=record_key,
        seq=event.source_seq,
        event_id=event.event_id,
        supersedes=event.supersedes,
        record_time=event.record_time,
        publish_time=event.publish_time,
        digest=hashlib.blake2b(_encoder.encode(event), digest_size=12).hexdigest(),
        subjects=tuple((key, subject.kind) for key, subject in touched.items()),
        pointer=pointer,
    )
    yield _parcel(event, record_key, "record", act=act)
    yield _parcel(event, keyring.subject("event", event.source_agency, event.event_id), "event", act=act)
    if pointer:
        yield _parcel(event, pointer, "event", taken_back_by=act, taken_back=takes_back)


def _parcel(event: Event, subject: str, kind: Kind, **content: Any) -> Parcel:  # noqa: ANN401 - one of Parcel's contents
    return Parcel(subject=subject, kind=kind, cause=event.event_id, at=event.publish_time, **content)
