"""ID rules: numbers and names that do not fit. They ask the provider to correct a record, never the resident."""

from __future__ import annotations

from collections.abc import Iterator

from hub.domain.claim import Claim, Named
from hub.domain.identifiers import mask_identifier
from hub.domain.names import compare_names, name_codepoints, normalize_name
from hub.fold.files import is_open
from hub.fold.person import Person
from hub.rules.base import Finding, Rule, Scene, Words

NUMBER_FAULTS = frozenset(
    {"LEN", "CHARS", "DATE", "FUTURE", "REGION_UNKNOWN", "CHECKSUM", "PRECISION_LOSS", "SCI_NOTATION", "LEGACY15"}
)
_CHECKED_TYPES = frozenset({"RIC", "RIC15", "HMT_RP", "FPR", "FPR_NEW", "FPR_OLD"})
# Every event names somebody, so every event type can bring an identity question.
_ANY_EVENT: frozenset[str] = frozenset({"*"})


def _named_in_live_records(person: Person) -> Iterator[tuple[Claim, Named]]:
    for claim in person.live_records:
        for named in claim.named:
            yield claim, named


def id_number_invalid(scene: Scene) -> Iterator[Finding]:
    """A person's number in an agency's record fails the structure or check of its standard.

    部门记录中的人员号码不符合其标准的结构或校验。
    """
    for claim, named in _named_in_live_records(scene.person):
        # A number correction names the wrong old number on purpose.
        if named.id_type not in _CHECKED_TYPES or named.role == "renumbered_from":
            continue
        faults = [code for code in named.id_codes if code in NUMBER_FAULTS]
        if faults:
            yield Finding(
                key=(claim.agency, claim.record_id),
                evidence=(claim,),
                acting=claim.agency,
                show={"error_code": ",".join(faults), "masked_id": mask_identifier(named.id_no)},
            )


ID_01 = Rule(
    id="ID-01",
    version=1,
    kind="CORRECTION",
    severity="S3",
    grace_days=0,
    subject="resident",
    acts="PROVIDER",
    cc=(),
    scope="CLOSED",
    needs=_ANY_EVENT,
    title=Words("公民身份号码不合规", "ID number fails structure/check"),
    todo=Words(
        "请在源系统更正号码，并以 CORRECT 操作重新发送；在此之前本中心不以该号码关联任何记录。",
        "Correct in the source system and re-send with op=CORRECT; "
        "the hub quarantines matching on this number meanwhile.",
    ),
    basis="GB 11643-1999; Decree 809 Art.18,26; PIPL Art.8",
    show=("error_code", "masked_id"),
    find=id_number_invalid,
)


def same_number_other_name(scene: Scene) -> Iterator[Finding]:
    """Two live records share a number, their names are different names, and police never registered the other name.

    两条有效记录号码相同而姓名不同，且公安从未登记过另一姓名。
    """
    person = scene.person
    reference = person.reference
    if reference is None:
        return
    for claim, named in _named_in_live_records(person):
        if claim.agency == "PSB" or claim.event_id == reference.claim.event_id:
            continue
        found = person.name_class(named.name)
        if found == "DIFFERENT":
            yield Finding(
                key=(claim.agency, normalize_name(named.name)),
                evidence=(reference.claim, claim),
                acting=claim.agency,
                show={"id_no_masked": mask_identifier(named.id_no), "own_name": named.name, "name_class": found},
            )


ID_02 = Rule(
    id="ID-02",
    version=1,
    kind="CORRECTION",
    severity="S2",
    grace_days=3,
    subject="resident",
    acts="NON_PSB_PROVIDER",
    cc=("PSB",),
    scope="CLOSED",
    needs=_ANY_EVENT,
    title=Words("同号异名", "Same ID number, incompatible names"),
    todo=Words(
        "请核对纸质档案，更正号码或姓名；问题解决前本中心不合并两条记录。",
        "Check the paper file; fix the number or the name. The hub does NOT merge the two records until solved.",
    ),
    basis="一数一源 (name, number -> PSB); Decree 809 Art.26",
    show=("id_no_masked", "own_name", "name_class"),
    find=same_number_other_name,
)


def retired_number_in_use(scene: Scene) -> Iterator[Finding]:
    """An agency's open file still bears a number that police have replaced, while the person goes on under another.

    公安已变更公民身份号码，而部门仍在使用的档案中还是旧号码。
    """
    person = scene.person
    for number in person.standing.former:
        under_old = person.standing.relayed[number]
        correction = _newest_correction(under_old, "renumbered_from")
        if correction is None:
            continue  # known by a birth certificate first: no number was retired
        said_there = {(claim.agency, claim.event_id) for claim in under_old}
        for claim in person.live_records:
            # Police keep the old number on purpose; a file with another's name is a question of ID-02 first.
            if claim.agency == "PSB" or (claim.agency, claim.event_id) not in said_there or not person.is_about(claim):
                continue
            if is_open(person, claim.entry, scene.today) and not _rekeyed(person, claim):
                yield Finding(
                    key=(claim.agency, claim.record_id),
                    evidence=(correction, claim),
                    acting=claim.agency,
                    show={
                        "old_masked": mask_identifier(_number_in(correction, "renumbered_from")),
                        "new_masked": mask_identifier(_present_number(person)),
                        "correction_doc_no": correction.facts.get("document_no"),
                    },
                )


def _newest_correction(claims: list[Claim], role: str) -> Claim | None:
    """The newest correction of a number in which a subject has that role; claims come in play order."""
    corrections = (claim for claim in reversed(claims) if claim.event_type == "psb.item_corrected")
    return next((claim for claim in corrections if any(named.role == role for named in claim.named)), None)


def _number_in(claim: Claim, role: str) -> str:
    return next(named.id_no for named in claim.named if named.role == role)


def _present_number(person: Person) -> str:
    """The number this person goes on under, by a correction or a birth registration: every record under it bears it."""
    return person.standing.of_this_number[0].named[0].id_no


def _rekeyed(person: Person, claim: Claim) -> bool:
    """Does the newest act of the same register entry bear the present number?"""
    acts = [act for act in person.linked if (act.agency, act.entry) == (claim.agency, claim.entry)]
    return any(act.identity == acts[-1].identity for act in person.standing.of_this_number)


ID_04 = Rule(
    id="ID-04",
    version=1,
    kind="CORRECTION",
    severity="S2",
    grace_days=30,
    subject="resident",
    acts="PROVIDER",
    cc=(),
    scope="CLOSED",
    needs=frozenset({"psb.item_corrected"}),
    title=Words("旧身份号码未更新", "Retired ID number still used"),
    todo=Words(
        "请将档案改按新号码管理；社会保险经办机构合并账户。",
        "Re-key the file to the new number; social insurance merges accounts.",
    ),
    basis="社会保险经办条例 Art.6 (social security number = citizen number), Art.9; Decree 809 Art.26",
    show=("old_masked", "new_masked", "correction_doc_no"),
    find=retired_number_in_use,
)


def number_contradicts_fields(scene: Scene) -> Iterator[Finding]:
    """A valid number says another birth date or sex than the same record does.

    号码本身有效，但与同一记录中的出生日期或性别不一致。
    """
    person = scene.person
    for claim, named in _named_in_live_records(person):
        if any(code in NUMBER_FAULTS for code in named.id_codes):
            continue
        for code, field, item in (("BIRTH_MISMATCH", "birth_date", "BIRTH_DATE"), ("SEX_MISMATCH", "sex", "SEX")):
            if code in named.id_codes and not _published_by_police(person, claim, field, item, getattr(named, field)):
                yield Finding(
                    key=(claim.agency, field), evidence=(claim,), acting=claim.agency, show={"field_name": field}
                )


def _published_by_police(person: Person, claim: Claim, field: str, item: str, value: str | None) -> bool:
    """Police lawfully registered another value while the old number was kept: then nobody is asked to change it."""
    for other in person.linked:
        if other.event_type == "psb.item_corrected" and other.facts.get("item") == item:
            return True
        if claim.agency != "PSB" and other.agency == "PSB" and any(getattr(n, field) == value for n in other.named):
            return True
    return False


ID_05 = Rule(
    id="ID-05",
    version=1,
    kind="CORRECTION",
    severity="S3",
    grace_days=3,
    subject="resident",
    acts="PROVIDER",
    cc=(),
    scope="CLOSED",
    needs=_ANY_EVENT,
    title=Words("号码与性别/出生日期矛盾", "Sex or birth date contradicts ID number"),
    todo=Words(
        "请更正登记的性别或出生日期；若号码本身有误，请告知居民到公安机关办理。",
        "Correct the recorded sex/birth date; if the number itself is wrong ask the resident to see the police.",
    ),
    basis="GB 11643-1999; PIPL Art.8",
    show=("field_name",),
    find=number_contradicts_fields,
)


def name_written_otherwise(scene: Scene) -> Iterator[Finding]:
    """An agency writes the registered name with variant, stand-in or like-sounding characters.

    部门记录的姓名使用了异体字、代用字或同音字，与公安登记用字不一致。
    """
    person = scene.person
    reference = person.reference
    if reference is None or not reference.registered:
        return
    for claim, named in _named_in_live_records(person):
        if claim.agency == "PSB":
            continue
        if compare_names(named.name, reference.name) in ("VARIANT", "PLACEHOLDER", "POSSIBLE"):
            yield Finding(
                key=(claim.agency, normalize_name(named.name)),
                evidence=(reference.claim, claim),
                acting=claim.agency,
                show={"own_name": named.name, "psb_name_codepoints": name_codepoints(reference.name)},
            )


ID_06 = Rule(
    id="ID-06",
    version=1,
    kind="CORRECTION",
    severity="S4",
    grace_days=7,
    subject="resident",
    acts="NON_PSB_PROVIDER",
    cc=(),
    scope="CLOSED",
    needs=_ANY_EVENT,
    title=Words("姓名用字不一致", "Name variant or rare-character stand-in"),
    todo=Words(
        "请按公安登记用字（GB 18030-2022）替换问号、方框、拼音等代用字，间隔号统一为 U+00B7。",
        "Replace stand-ins (?, □, pinyin, PUA glyph) by the registered characters (GB 18030-2022); "
        "set the middle dot to U+00B7.",
    ),
    basis="民委发〔2016〕33号 (dot U+00B7); GB 18030-2022",
    show=("own_name", "psb_name_codepoints"),
    find=name_written_otherwise,
)

RULES: tuple[Rule, ...] = (ID_01, ID_02, ID_04, ID_05, ID_06)
