"""Cases of rules EC-01 and EC-06: homes and further support of those who live in public rentals."""

from __future__ import annotations

from hub.simulate import hmd, public_housing
from hub.simulate.casting import Case
from hub.simulate.days import Day, iso, month_of, month_plus
from hub.simulate.guest_lives import couple, idle
from hub.simulate.ledger import Filing
from hub.simulate.people import Person
from hub.simulate.town import Town, Unit


def _rent(town: Town, members: list[Person], start: Day) -> hmd.Lease:
    """A public rental of its own for these people."""
    unit = hmd.build_unit(town, members[0].region, start - 400, rooms=2)
    return hmd.let_public(town, unit, members, start)


def _divorce(town: Town, one: Person, other: Person, marriage: Filing, day: Day) -> None:
    one.spouse = other.spouse = None
    payload = {
        "kind": "DIVORCE_REGISTERED",
        "certificate_no": town.ledger.serial("L429801", day),
        "effective_date": iso(day),
        "prior_certificate_no": marriage.event["payload"]["certificate_no"],
        "spouse": other.ref(day),
    }
    town.ledger.file("mca.marriage_ended", one, payload, on=day)


# --- EC-01 ------------------------------------------------------------------------------------------------------------


def _title(
    town: Town,
    person: Person,
    day: Day,
    *,
    share: tuple[int, int] = (1, 1),
    use: str = "RESIDENTIAL",
    late: bool = False,
) -> tuple[Filing, Unit]:
    unit = hmd.build_unit(town, person.region, day - 200)
    action = town.pick(("FIRST", "TRANSFER_IN"))
    return hmd.transfer(town, person, unit, action, day, share=share, use=use, late=late), unit


def tenant_buys(town: Town) -> None:
    """The tenant or somebody on the lease buys a home, whole or in half."""
    tenant, member = idle(town), idle(town)
    _rent(town, [tenant, member], town.some(400, 800))
    buyer = tenant if town.chance(0.5) else member
    share = (1, 1) if town.chance(0.5) else (1, 2)
    _title(town, buyer, town.some(20, 300), share=share, late=town.chance(0.1))
    town.truth.must("EC-01", buyer, "HMD", "bought a home while in a public rental")


def spouse_buys(town: Town) -> None:
    tenant, spouse, _ = couple(town)
    _rent(town, [tenant], town.some(400, 800))
    _title(town, spouse, town.some(20, 300))
    town.truth.must("EC-01", spouse, "HMD", "the tenant's spouse, not on the lease, bought a home")


def home_by_correction(town: Town) -> None:
    tenant, other = idle(town), idle(town)
    _rent(town, [tenant], town.some(400, 800))
    title, _ = _title(town, other, town.some(100, 300))
    town.ledger.correct(title, town.some(20, 90), person=tenant, new_record=town.chance(0.3), late=town.chance(0.2))
    town.truth.must("EC-01", tenant, "HMD", "a title corrected onto the tenant of a public rental")


def end_of_tenancy_taken_back(town: Town) -> None:
    tenant = idle(town)
    lease = _rent(town, [tenant], town.some(400, 800))
    _title(town, tenant, town.some(200, 300))
    ended = hmd.end_public(town, lease, town.some(100, 150))
    town.ledger.cancel(ended, town.some(20, 80), new_record=town.chance(0.2))
    town.truth.must("EC-01", tenant, "HMD", "the end of the tenancy was cancelled")


def small_inheritance(town: Town) -> None:
    tenant = idle(town)
    _rent(town, [tenant], town.some(400, 800))
    _title(town, tenant, town.some(20, 300), share=(1, 10))
    town.truth.must_not("EC-01", tenant, "a tenth of a dwelling is no home")


def no_new_home(town: Town) -> None:
    """A shop, or a home from before the tenancy."""
    tenant = idle(town)
    start = town.some(400, 800)
    _rent(town, [tenant], start)
    if town.chance(0.5):
        _title(town, tenant, town.some(20, 300), use=town.pick(("COMMERCIAL", "OTHER")))
        town.truth.must_not("EC-01", tenant, "the unit is no dwelling")
    else:
        _title(town, tenant, start - 300)
        town.truth.must_not("EC-01", tenant, "the home was theirs before the tenancy")


def home_gone_again(town: Town) -> None:
    tenant = idle(town)
    _rent(town, [tenant], town.some(400, 800))
    title, unit = _title(town, tenant, town.some(100, 300))
    later = town.some(10, 90)
    if town.chance(0.5):
        hmd.transfer(town, tenant, unit, "TRANSFER_OUT", later)
        town.truth.must_not("EC-01", tenant, "the home was transferred away again")
    else:
        town.ledger.cancel(title, later, new_record=town.chance(0.2), late=town.chance(0.2))
        town.truth.must_not("EC-01", tenant, "the title was cancelled")


def moved_out_of_the_rental(town: Town) -> None:
    """The tenancy ended, or the lease was rewritten without the buyer."""
    tenant, member = idle(town), idle(town)
    lease = _rent(town, [tenant, member], town.some(400, 800))
    _title(town, member, town.some(150, 300))
    later = town.some(10, 140)
    if town.chance(0.5):
        hmd.end_public(town, lease, later, ground=town.pick(("VOLUNTARY", "NOT_ELIGIBLE")))
        town.truth.must_not("EC-01", member, "the tenancy ended")
    else:
        payload = dict(lease.filed.event["payload"])
        payload["members"] = payload["members"][:1]
        town.ledger.correct(lease.filed, later, payload=payload, new_record=town.chance(0.2))
        town.truth.must_not("EC-01", member, "the lease was corrected: the buyer never lived there")


def confirmed_again(town: Town) -> None:
    tenant = idle(town)
    _rent(town, [tenant], town.some(400, 800))
    bought = town.some(100, 300)
    _title(town, tenant, bought)
    public_housing.qualify(town, tenant, bought + town.rng.randint(20, 80), valid_until=town.today + 100)
    town.truth.must_not("EC-01", tenant, "housing confirmed the tenancy after the purchase")


def divorced_buyer(town: Town) -> None:
    tenant, former, marriage = couple(town)
    _rent(town, [tenant], town.some(400, 800))
    _divorce(town, tenant, former, marriage, town.some(330, 390))
    _title(town, former, town.some(20, 300))
    town.truth.must_not("EC-01", former, "divorced before the purchase")


def just_bought(town: Town) -> None:
    tenant = idle(town)
    _rent(town, [tenant], town.some(400, 800))
    _title(town, tenant, town.some(2, 10))
    town.truth.must_not("EC-01", tenant, "grace of 15 days still running")


# --- EC-06 ------------------------------------------------------------------------------------------------------------


def _subsidise(town: Town, person: Person, since: Day) -> public_housing.Subsidy:
    return public_housing.start_subsidy(town, person, month_of(since), since)


def two_tenancies(town: Town) -> None:
    """The same tenant, or a member of the one household as the tenant of the other."""
    tenant, member = idle(town), idle(town)
    _rent(town, [tenant, member], town.some(400, 800))
    later = tenant if town.chance(0.5) else member
    _rent(town, [later], town.some(80, 300))
    town.truth.must("EC-06", later, "HMD", "two public rentals at once")


def spouses_tenancies(town: Town) -> None:
    one, other, _ = couple(town)
    _rent(town, [one], town.some(400, 800))
    _rent(town, [other], town.some(80, 300))
    town.truth.must("EC-06", other, "HMD", "each spouse has a public rental")


def tenancy_and_subsidy(town: Town) -> None:
    if town.chance(0.6):
        tenant = idle(town)
        receiver = tenant
    else:
        tenant, receiver, _ = couple(town)
    if town.chance(0.5):
        _rent(town, [tenant], town.some(400, 800))
        _subsidise(town, receiver, town.some(80, 300))
    else:
        _subsidise(town, receiver, town.some(400, 800))
        _rent(town, [tenant], town.some(80, 300))
    town.truth.must("EC-06", tenant, "HMD", "a public rental and a rent subsidy at once")


def end_taken_back(town: Town) -> None:
    tenant = idle(town)
    subsidy = _subsidise(town, tenant, town.some(500, 800))
    start = town.some(200, 300)
    stop = public_housing.stop_subsidy(town, subsidy, month_of(start), start)
    _rent(town, [tenant], start)
    town.ledger.cancel(stop, town.some(20, 150), new_record=town.chance(0.3))
    town.truth.must("EC-06", tenant, "HMD", "the stop of the subsidy was cancelled")


def one_after_the_other(town: Town) -> None:
    """The hand-over takes no longer than the month both have a part in."""
    tenant = idle(town)
    start = town.some(80, 300)
    if town.chance(0.5):
        first = _rent(town, [tenant], town.some(400, 800))
        _rent(town, [tenant], start)
        hmd.end_public(town, first, start + town.rng.randint(0, max(0, 28 - int(iso(start)[8:]))))
        town.truth.must_not("EC-06", tenant, "changed from one public rental to another within a month")
    else:
        subsidy = _subsidise(town, tenant, town.some(400, 800))
        _rent(town, [tenant], start)
        month = month_plus(month_of(start), town.rng.randint(0, 1))
        public_housing.stop_subsidy(town, subsidy, month, start + 5, late=town.chance(0.2))
        town.truth.must_not("EC-06", tenant, "the subsidy stopped as the tenancy began")


def one_cancelled(town: Town) -> None:
    tenant = idle(town)
    lease = _rent(town, [tenant], town.some(400, 800))
    since = town.some(120, 300)
    wrong = _rent(town, [tenant], since).filed if town.chance(0.5) else _subsidise(town, tenant, since).started
    town.ledger.cancel(wrong, town.some(10, 110), new_record=town.chance(0.3), late=town.chance(0.2))
    town.truth.must_not("EC-06", lease.tenant, "the second support was entered in error and cancelled")


def one_was_anothers(town: Town) -> None:
    tenant, other = idle(town), idle(town)
    _rent(town, [tenant], town.some(400, 800))
    subsidy = _subsidise(town, tenant, town.some(120, 300))
    town.ledger.correct(subsidy.started, town.some(10, 110), person=other, new_record=town.chance(0.3))
    town.truth.must_not("EC-06", tenant, "the subsidy was corrected to be somebody else's")


def one_given_up(town: Town) -> None:
    """Both for some months, until one of them ended: nothing is left to cancel."""
    tenant = idle(town)
    first = _rent(town, [tenant], town.some(400, 800))
    since = town.some(200, 300)
    ended = town.some(35, 100)
    if town.chance(0.5):
        _rent(town, [tenant], since)
        hmd.end_public(town, first, ended)
    else:
        subsidy = _subsidise(town, tenant, since)
        public_housing.stop_subsidy(town, subsidy, month_of(ended), ended)
    town.truth.must_not("EC-06", tenant, "only one of the two is left")


def divorced_spouse_supported(town: Town) -> None:
    tenant, former, marriage = couple(town)
    _rent(town, [tenant], town.some(400, 800))
    _divorce(town, tenant, former, marriage, town.some(330, 390))
    _subsidise(town, former, town.some(80, 300))
    town.truth.must_not("EC-06", tenant, "divorced before the other one's subsidy")


def just_doubled(town: Town) -> None:
    tenant = idle(town)
    _rent(town, [tenant], town.some(400, 800))
    _rent(town, [tenant], town.some(2, 10))
    town.truth.must_not("EC-06", tenant, "grace of 15 days still running")


CASES: tuple[tuple[Case, float], ...] = (
    (tenant_buys, 1),
    (home_gone_again, 1),
    (two_tenancies, 1),
    (one_after_the_other, 1),
    (small_inheritance, 0.5),
    (tenancy_and_subsidy, 1),
    (spouse_buys, 0.5),
    (home_by_correction, 0.5),
    (end_of_tenancy_taken_back, 0.5),
    (no_new_home, 0.5),
    (moved_out_of_the_rental, 1),
    (confirmed_again, 0.5),
    (divorced_buyer, 0.5),
    (just_bought, 0.5),
    (spouses_tenancies, 0.5),
    (end_taken_back, 0.5),
    (one_cancelled, 0.5),
    (one_was_anothers, 0.5),
    (one_given_up, 0.5),
    (divorced_spouse_supported, 0.5),
    (just_doubled, 0.5),
)
"""Cases with how many of each a thousand people bring."""
