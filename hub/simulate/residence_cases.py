"""Cases of rules RE-01 and RE-02: tenants without a registration, and registrations without a tenant."""

from __future__ import annotations

from hub.simulate import guests, hmd, moves, residence
from hub.simulate.casting import Case
from hub.simulate.days import Day, iso
from hub.simulate.people import Person
from hub.simulate.residence import Registration
from hub.simulate.town import NobodyLeftError, Town, Unit

LONG = 700


def home(town: Town, region: str | None = None, rooms: int = 3) -> Unit:
    return hmd.build_unit(town, region or town.region(), town.start - 300, rooms)


def rent(
    town: Town,
    person: Person,
    unit: Unit,
    start: Day,
    end: Day | None = None,
    *,
    late: bool = False,
    prompt: bool = False,
) -> hmd.Lease:
    """A room from a rental company, by default for years to come."""
    return hmd.let(town, unit, person, start, end or town.today + LONG, scope="ROOM", late=late, prompt=prompt)


def _stayed_before(town: Town, *, late: bool = False) -> tuple[Person, Registration]:
    """Somebody from elsewhere who was registered at a former home and signed off there a while ago."""
    person = guests.outsider(town)
    earlier = residence.register(town, person, home(town), town.some(300, 380))
    residence.change(town, earlier, "CANCEL", town.some(90, 200), late=late)
    return person, earlier


# --- RE-01 ------------------------------------------------------------------------------------------------------------


def rents_unregistered(town: Town) -> None:
    person, _ = _stayed_before(town)
    rent(town, person, home(town), town.some(14, 50), prompt=True)
    town.truth.must("RE-01", person, "RESIDENT_SERVICE", "rents again, and the only registration was ended")


def shares_unregistered(town: Town) -> None:
    """Not the tenant but one who lives with the tenant."""
    person, _ = _stayed_before(town)
    tenant = guests.local(town)
    unit, start = home(town), town.some(14, 50)
    hmd.let(town, unit, tenant, start, town.today + LONG, occupants=[person], prompt=True)
    town.truth.must("RE-01", person, "RESIDENT_SERVICE", "lives with a tenant, and is registered nowhere")
    town.truth.must_not("RE-01", tenant, "the tenant's hukou is here")


def moved_away_and_rents(town: Town) -> None:
    """The hukou left for another city some weeks ago, the person stayed."""
    person = guests.local(town)
    day = town.some(22, 32)
    moves.move_out(town, person, day, town.pick(guests.ORIGINS))
    rent(town, person, home(town), day + town.rng.randint(2, 6), prompt=True)
    town.truth.must("RE-01", person, "RESIDENT_SERVICE", "the hukou moved away, the person rents here")


def new_registration_taken_back(town: Town) -> None:
    person, _ = _stayed_before(town)
    unit, start = home(town), town.some(24, 50)
    rent(town, person, unit, start, prompt=True)
    wrong = residence.register(town, person, unit, start + 2, prompt=True)
    town.ledger.cancel(wrong.opened, start + town.rng.randint(4, 8), new_record=town.chance(0.3))
    town.truth.must("RE-01", person, "RESIDENT_SERVICE", "the new registration was cancelled as an error")


def registered_somewhere(town: Town) -> None:
    person, _ = _stayed_before(town)
    unit, start = home(town), town.some(20, 150)
    rent(town, person, unit, start)
    where = unit if town.chance(0.5) else home(town)
    residence.register(town, person, where, start + town.rng.randint(0, 9), late=town.chance(0.3))
    town.truth.must_not("RE-01", person, "registered, be it at a relative's address")


def sign_off_taken_back(town: Town) -> None:
    person = guests.outsider(town)
    registration = residence.register(town, person, home(town), town.some(120, 160))
    signed_off = residence.change(town, registration, "CANCEL", town.some(60, 100))
    rent(town, person, registration.unit, town.some(30, 50))
    town.ledger.cancel(signed_off, town.some(12, 25), new_record=town.chance(0.3))
    town.truth.must_not("RE-01", person, "the end of the registration was cancelled")


def tenancy_over(town: Town) -> None:
    person, _ = _stayed_before(town)
    start = town.some(40, 80)
    what = town.rng.randrange(3)
    if what == 0:
        rent(town, person, home(town), start, end=town.some(10, 25))
        town.truth.must_not("RE-01", person, "the lease ran out")
    elif what == 1:
        lease = rent(town, person, home(town), start)
        hmd.end_lease(town, lease, town.ago(15), town.ago(12), late=town.chance(0.3))
        town.truth.must_not("RE-01", person, "the lease was ended")
    else:
        lease = rent(town, person, home(town), start)
        town.ledger.cancel(lease.filed, town.some(12, 30), new_record=town.chance(0.3), late=town.chance(0.3))
        town.truth.must_not("RE-01", person, "the lease was cancelled")


def tenancy_was_anothers(town: Town) -> None:
    (wrong, _), (person, _) = _stayed_before(town), _stayed_before(town)
    lease = rent(town, wrong, home(town), town.some(42, 55), prompt=True)
    day = town.some(14, 35)
    payload = dict(lease.filed.event["payload"], tenant=person.ref(day))
    town.ledger.correct(lease.filed, day, person=person, payload=payload, new_record=town.chance(0.3))
    town.truth.must("RE-01", person, "RESIDENT_SERVICE", "the lease came by correction")
    town.truth.must_not("RE-01", wrong, "the lease was corrected to be somebody else's")


def just_moved_in(town: Town) -> None:
    person, _ = _stayed_before(town)
    rent(town, person, home(town), town.some(1, 7))
    town.truth.must_not("RE-01", person, "grace of 10 days still running")


def reminded_in_vain(town: Town) -> None:
    if town.start > town.ago(200):
        raise NobodyLeftError
    person = guests.outsider(town)
    earlier = residence.register(town, person, home(town), town.some(400, 500), prompt=True)
    signed_off = residence.change(town, earlier, "CANCEL", town.some(300, 350))
    if signed_off.event["publish_time"][:10] > iso(town.ago(120)):
        raise NobodyLeftError
    rent(town, person, home(town), town.some(95, 115), prompt=True)
    town.truth.must_not("RE-01", person, "the reminder ended by itself after 60 days")


def hukou_unknown_or_here(town: Town) -> None:
    what = town.rng.randrange(3)
    person = guests.local(town) if what == 0 else guests.outsider(town)
    why = "the hukou is here"
    if what == 1:
        why = "nobody here knows where the hukou is"
        wrong = residence.register(town, person, home(town), town.some(200, 300))
        town.ledger.cancel(wrong.opened, town.some(120, 180), new_record=town.chance(0.3))
    elif what == 2:
        why = "the hukou moved in"
        residence.move_in(town, person, guests.local(town).household, town.some(60, 200), "FROM_OTHER")
    rent(town, person, home(town), town.some(20, 50))
    town.truth.must_not("RE-01", person, why)


def rents_no_home(town: Town) -> None:
    person, _ = _stayed_before(town)
    use = town.pick(("COMMERCIAL", "DORMITORY"))
    unit = hmd.build_unit(town, town.region(), town.start - 300, use=use)
    rent(town, person, unit, town.some(20, 50))
    town.truth.must_not("RE-01", person, f"rents no home of their own: {use.lower()}")


# --- RE-02 ------------------------------------------------------------------------------------------------------------


def _left(town: Town, ended: Day, *, public: bool = False) -> tuple[Person, Registration, hmd.Lease]:
    """Somebody registered at a home whose tenancy ended some day, with the registration still open."""
    person = guests.outsider(town)
    unit, start = home(town), ended - town.rng.randint(100, 160)
    if public:
        lease = hmd.let_public(town, unit, [person], start)
    else:
        lease = rent(town, person, unit, start, end=ended if town.chance(0.5) else None)
    registration = residence.register(town, person, unit, start + town.rng.randint(0, 5))
    if public:
        hmd.end_public(town, lease, ended)
    elif lease.end != ended:
        hmd.end_lease(town, lease, ended, ended + town.rng.randint(0, 3))
    return person, registration, lease


def left_without_signing_off(town: Town) -> None:
    person, _, _ = _left(town, town.some(58, 200))
    town.truth.must("RE-02", person, "COMMUNITY_STATION", "the tenancy ended, the registration is still open")


def left_a_public_rental(town: Town) -> None:
    person, _, _ = _left(town, town.some(58, 200), public=True)
    town.truth.must("RE-02", person, "COMMUNITY_STATION", "the public tenancy ended, the registration is still open")


def renewal_taken_back(town: Town) -> None:
    ended = town.some(110, 200)
    person, registration, _ = _left(town, ended)
    action = town.pick(("RENEW", "CANCEL"))
    changed = residence.change(town, registration, action, ended + town.rng.randint(5, 20))
    town.ledger.cancel(changed, town.some(56, 75), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("RE-02", person, "COMMUNITY_STATION", f"{action.lower()} of the registration was cancelled")


def extension_taken_back(town: Town) -> None:
    """The lease seemed to be extended; it was another one."""
    person = guests.outsider(town)
    unit, ended = home(town), town.some(75, 150)
    lease = rent(town, person, unit, ended - 120, end=ended)
    residence.register(town, person, unit, ended - 118)
    extended = hmd.end_lease(town, lease, ended - 5, ended - 5, extend_to=town.today + 300)
    town.ledger.cancel(extended, ended + 10, new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must("RE-02", person, "COMMUNITY_STATION", "the extension of the lease was cancelled")


def signed_off(town: Town) -> None:
    ended = town.some(60, 200)
    person, registration, _ = _left(town, ended)
    action = town.pick(("CANCEL", "RENEW", "MOVE"))
    unit = home(town) if action == "MOVE" else None
    residence.change(town, registration, action, ended + town.rng.randint(3, 50), unit=unit, late=town.chance(0.3))
    town.truth.must_not("RE-02", person, f"the registration was settled: {action.lower()}")


def registration_was_an_error(town: Town) -> None:
    ended = town.some(60, 200)
    person, registration, _ = _left(town, ended)
    town.ledger.cancel(registration.opened, town.some(12, 50), new_record=town.chance(0.3), late=town.chance(0.3))
    town.truth.must_not("RE-02", person, "the registration was cancelled as an error")


def stays_on(town: Town) -> None:
    """A new lease of the same home, or the home bought."""
    ended = town.some(60, 150)
    person, registration, _ = _left(town, ended)
    later = ended + town.rng.randint(1, 40)
    if town.chance(0.6):
        rent(town, person, registration.unit, later, late=town.chance(0.3))
        town.truth.must_not("RE-02", person, "a new lease of the same home")
    else:
        hmd.transfer(town, person, registration.unit, "TRANSFER_IN", later)
        town.truth.must_not("RE-02", person, "bought the home")
    residence.issue_permit(town, person, town.some(40, 55), town.today + 250)


def end_was_an_error(town: Town) -> None:
    person = guests.outsider(town)
    unit, start = home(town), town.some(130, 170)
    lease = rent(town, person, unit, start)
    residence.register(town, person, unit, start + 1)
    ended = hmd.end_lease(town, lease, town.ago(100), town.ago(98))
    if town.chance(0.5):
        town.ledger.cancel(ended, town.some(12, 60), new_record=town.chance(0.3), late=town.chance(0.3))
        town.truth.must_not("RE-02", person, "the end of the lease was cancelled")
    else:
        hmd.end_lease(town, lease, town.ago(70), town.ago(69), extend_to=town.today + 200)
        town.truth.must_not("RE-02", person, "the lease was extended after all")


def just_left(town: Town) -> None:
    person, _, _ = _left(town, town.some(5, 38))
    town.truth.must_not("RE-02", person, "grace of 45 days still running")


def lives_elsewhere(town: Town) -> None:
    """Registered with relatives; the home that was rented is another one."""
    person = guests.outsider(town)
    residence.register(town, person, home(town), town.some(100, 170))
    rent(town, person, home(town), town.some(170, 200), end=town.some(60, 100))
    town.truth.must_not("RE-02", person, "the ended lease was of another home")


CASES: tuple[tuple[Case, float], ...] = (
    (rents_unregistered, 1),
    (registered_somewhere, 1),
    (left_without_signing_off, 1),
    (signed_off, 1),
    (shares_unregistered, 0.5),
    (tenancy_over, 1),
    (left_a_public_rental, 0.5),
    (stays_on, 0.5),
    (moved_away_and_rents, 0.5),
    (just_moved_in, 0.5),
    (renewal_taken_back, 0.5),
    (just_left, 0.5),
    (new_registration_taken_back, 0.5),
    (hukou_unknown_or_here, 0.5),
    (extension_taken_back, 0.5),
    (end_was_an_error, 0.5),
    (tenancy_was_anothers, 0.5),
    (sign_off_taken_back, 0.5),
    (registration_was_an_error, 0.5),
    (lives_elsewhere, 0.5),
    (rents_no_home, 0.3),
    (reminded_in_vain, 0.3),
)
"""Cases with how many of each a thousand people bring."""
