"""The engine's type for each kind of field."""

from commonweal.publish import FieldType

KINDS = {
    FieldType.STRING: "VARCHAR",
    FieldType.INTEGER: "BIGINT",
    FieldType.NUMBER: "DOUBLE",
    FieldType.DATE: "DATE",
    FieldType.TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
    FieldType.BOOLEAN: "BOOLEAN",
}
