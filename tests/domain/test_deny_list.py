"""The deny-list: it stops what must never be collected, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.deny_list import denied

LEGITIMATE = [
    "event_id",
    "event_type",
    "schema_version",
    "source_agency",
    "sub_source",
    "source_org",
    "catalogue_item",
    "source_record_id",
    "source_seq",
    "op",
    "supersedes",
    "business_time",
    "record_time",
    "publish_time",
    "region_code",
    "subject",
    "legal_basis",
    "payload",
    "id_type",
    "id_no",
    "name",
    "sex",
    "birth_date",
    "person",
    "relation",
    "household_no",
    "birth_cert_no",
    "mother",
    "father",
    "hukou_address",
    "hukou_region",
    "registered_date",
    "death_date",
    "death_date_precision",
    "cancel_date",
    "evidence_type",
    "evidence_no",
    "from_region",
    "move_type",
    "certificate_no",
    "relation_to_head",
    "to_region",
    "issue_date",
    "valid_until",
    "item",
    "old_value",
    "new_value",
    "id_no_old",
    "id_no_new",
    "nature",
    "document_no",
    "effective_date",
    "kind",
    "from_household_no",
    "to_household_no",
    "members",
    "member",
    "action",
    "registration_no",
    "address",
    "unit_code",
    "start_date",
    "expected_until",
    "ground",
    "permit_no",
    "issuer",
    "register_date",
    "registry_org",
    "spouse",
    "judgment_no",
    "prior_certificate_no",
    "handled_kind",
    "handled_date",
    "death_cert_no",
    "facility_org",
    "applicant",
    "applicant_relation",
    "aid_class",
    "decision_no",
    "decided_date",
    "effective_from",
    "household_size",
    "work_capacity",
    "consent_no",
    "consent_until",
    "last_review_date",
    "next_review_date",
    "reason_code",
    "heard_date",
    "allowance_type",
    "item_no",
    "adopter",
    "institution_org",
    "care_kind",
    "funding",
    "date",
    "scheme",
    "employer_org",
    "enrol_region",
    "prior_region",
    "from_month",
    "to_month",
    "status",
    "pension_type",
    "first_month",
    "pay_region",
    "effective_month",
    "reason",
    "result",
    "method",
    "in_person",
    "verified_date",
    "end_date",
    "stop_ground",
    "direction",
    "other_region",
    "paid_date",
    "claimant",
    "cover",
    "year",
    "subsidy_category",
    "share_numerator",
    "share_denominator",
    "use",
    "floor_area",
    "new_unit_codes",
    "standard_address",
    "rooms",
    "queue_date",
    "lease_no",
    "address_text",
    "scope",
    "lessor",
    "lessor_org",
    "lessor_right",
    "tenant",
    "occupants",
    "filed_by",
    "new_end_date",
    "eventId",
    "birthDate",
    "idNo",
    "unitCode",
    "employerOrg",
    "事件编号",
    "事件类型",
    "模式版本",
    "数源部门",
    "子来源",
    "提供单位",
    "目录编号",
    "源记录号",
    "源序号",
    "操作",
    "被更正事件",
    "业务发生日",
    "登记时间",
    "发布时间",
    "办理地",
    "主体",
    "共享依据",
    "姓名",
    "性别",
    "出生日期",
    "公民身份号码",
    "证件号码",
    "户号",
    "与户主关系",
    "户籍地址",
    "死亡日期",
    "迁入地",
    "居住证",
    "结婚证号",
    "登记机关",
    "殡葬机构",
    "救助类别",
    "津贴类别",
    "参保状态",
    "待遇状态",
    "缴费状态",
    "起始日期",
    "终止日期",
    "不动产单元号",
    "建筑面积",
    "用途",
    "权利人",
    "承租人",
    "出租人",
    "备案号",
    "出生医学证明编号",
    "房屋坐落",
]


@pytest.mark.parametrize("field", LEGITIMATE)
def test_every_field_of_the_specification_passes(field):
    """No field of domain 3.1-3.5, in English or Chinese, is on the list."""
    assert denied(field) is None


NEVER_COLLECTED = """
ethnicity: ethnicity race ethnic_group 民族 民族代码 minzu
religion: religion 宗教信仰
politics: political_affiliation 政治面貌 zhengzhi_mianmao
origin: native_place 籍贯 jiguan birthplace place_of_birth 出生地
offences: criminal_record administrative_penalty community_correction drug_user
watch_lists: 重点人员类别 risk_level
petitions: petition_count 信访次数
online_life: wechat_id online_account
psychology: psychological_screening 心理筛查
health: diagnosis diagnosis_code treatment cause_of_death deathCause 死因 disability_kind disabilityDegree 残疾等级
  pregnancy family_planning blood_type
biometrics: biometrics photo fingerprint fingerprint_image 指纹 signature_image
movement: hotel internet_cafe gps gate_records residence_history
contact: phone_location phone phoneNumber phonenumber 联系电话 email e-mail E_Mail shouji
money: bank_account balance wage_base 缴费基数 contribution_amount pension_amount rent monthlyRent MONTHLY-RENT
  monthly.rent 月租金 price mortgage debt tax_no
work_and_study: employer employer_name 工作单位 education occupation military_service
family_secrets: divorce_agreement court_papers birth_parents 生父
kinship: relatives 亲属关系
"""


def never_collected():
    """The block above as (field, category)."""
    pairs, category = [], ""
    for word in NEVER_COLLECTED.split():
        if word.endswith(":"):
            category = word[:-1]
        else:
            pairs.append((word, category))
    return pairs


@pytest.mark.parametrize(("field", "category"), never_collected())
def test_everything_never_collected_is_found(field, category):
    """Each attribute of domain 5.1, under the names it goes by, in any spelling."""
    assert denied(field) == category


@pytest.mark.parametrize(
    "field",
    [
        "petAddress",
        "rental",
        "parent",
        "trace",
        "embrace",
        "grace_days",
        "telegraph",
        "syntax",
        "priceless",
        "surface",
        "aid",
    ],
)
def test_only_whole_words_count(field):
    """A word inside another word is not the word."""
    assert denied(field) is None


@given(st.text())
def test_no_name_makes_it_raise(field):
    """Any text is a field name to somebody."""
    assert denied(field) is None or denied(field).islower()
