"""The node's state as tables: every row carries the body it belongs to (decision 16)."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from .tables import metadata

tenant = Table(
    "tenant",
    metadata,
    Column("body", Text, primary_key=True),
    Column("joined", Text, nullable=False),
    Column("kek", Text, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", Text, ForeignKey("tenant.body"), nullable=False),
    Column("document", Text, nullable=False),
)

partner = Table(
    "partner",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("document", Text, nullable=False),
)

credential = Table(
    "credential",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("agreement", Text, nullable=False),
    Column("expires", Text, nullable=False),
)

sign_in = Table(
    "sign_in",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("person", Text, ForeignKey("person.id"), nullable=False),
    Column("expires", Text, nullable=False),
    Column("operator", Text, nullable=False, server_default=""),
)

dataset = Table(
    "dataset",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", Text, ForeignKey("tenant.body"), nullable=False),
    Column("contract", Text, nullable=False),
    Column("access", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("document", Text, nullable=False),
)
Index("dataset_by_contract", dataset.c.contract)

dataset_version = Table(
    "dataset_version",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("dataset", Text, ForeignKey("dataset.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("held", Integer, nullable=False, server_default="1"),
    UniqueConstraint("dataset", "number"),
)

sealed_file = Table(
    "sealed_file",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("agreement", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("payload_size", Integer, nullable=False),
)

header_row = Table(
    "header_row",
    metadata,
    Column("sealed_file", Text, ForeignKey("sealed_file.id", ondelete="CASCADE"), primary_key=True),
    Column("holder", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
)
Index("header_row_by_holder", header_row.c.holder, header_row.c.version)

key_proposal = Table(
    "key_proposal",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", Text, ForeignKey("tenant.body"), nullable=False),
    Column("status", Text, nullable=False),
    Column("document", Text, nullable=False),
)
Index("key_proposal_by_body", key_proposal.c.body, key_proposal.c.status)

schedule = Table(
    "schedule",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", Text, ForeignKey("tenant.body"), nullable=False),
    Column("status", Text, nullable=False),
    Column("due", Text, nullable=False),
    Column("holder", Text, nullable=False, server_default=""),
    Column("held_until", Text, nullable=False, server_default=""),
    Column("kek", Text, nullable=False),
    Column("kek_version", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("document", Text, nullable=False),
)
Index("schedule_by_due", schedule.c.status, schedule.c.due)

access_request = Table(
    "access_request",
    metadata,
    Column("id", Text, primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("discloser", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("ruling", Text, nullable=False),
    Column("seal", LargeBinary(32)),
)
Index("access_request_by_discloser", access_request.c.discloser)
Index("access_request_by_recipient", access_request.c.recipient)

agreement = Table(
    "agreement",
    metadata,
    Column("id", Text, primary_key=True),
    Column("request", Text, ForeignKey("access_request.id"), nullable=False),
    Column("dataset", Text, nullable=False),
    Column("discloser", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("seal", LargeBinary(32)),
)
Index("agreement_by_discloser", agreement.c.discloser)
Index("agreement_by_recipient", agreement.c.recipient)
Index("agreement_by_dataset", agreement.c.dataset)

agreement_change = Table(
    "agreement_change",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agreement", Text, ForeignKey("agreement.id"), nullable=False),
    Column("body", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("seal", LargeBinary(32)),
)
Index("agreement_change_by_agreement", agreement_change.c.agreement)

release = Table(
    "release",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("agreement", Text, ForeignKey("agreement.id"), nullable=False),
    Column("version", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("sealed_file", Text, ForeignKey("sealed_file.id", ondelete="CASCADE"), nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("agreement", "version", "fields"),
)

rule_pack = Table(
    "rule_pack",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("adopted", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

local_pack = Table(
    "local_pack",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("adopted", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("body", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("ended", Text, nullable=False),
)

defect = Table(
    "defect",
    metadata,
    Column("id", Text, primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("discloser", Text, nullable=False),
    Column("raiser", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("document", Text, nullable=False),
)
Index("defect_by_discloser", defect.c.discloser, defect.c.dataset)
Index("defect_by_raiser", defect.c.raiser, defect.c.dataset)

request_draft = Table(
    "request_draft",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("document", Text, nullable=False),
)
Index("request_draft_by_body", request_draft.c.body)
