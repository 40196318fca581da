"""The token stage: replaces identifiers in Arrow batches, so that their key never meets a query."""

from collections.abc import Collection

import pyarrow

TOKEN_DIGITS = 32


def tokenise(batch: pyarrow.RecordBatch, fields: Collection[str], key: str) -> pyarrow.RecordBatch:
    """Return the batch with each text column of `fields` replaced by its tokens.

    A token is the first 16 bytes, in lower-case hexadecimal, of HMAC-SHA-256 over field ‖ 0x00 ‖ canonical x: the
    text in Unicode NFC, without white space at its ends, in capitals. NULL stays NULL. The HMAC key is the UTF-8
    text of `key`.
    """
    for number, name in enumerate(batch.schema.names):
        if name in fields:
            batch = batch.set_column(number, name, _tokens(batch.column(number), name, key))
    return batch


def _tokens(given: pyarrow.Array, field: str, key: str) -> pyarrow.Array:
    import polars
    import polars_hash  # noqa: F401  registers the expressions' `chash`

    canonical = polars.col("x").str.normalize("NFC").str.strip_chars().str.to_uppercase()
    message = polars.concat_str(polars.lit(f"{field}\0"), canonical)
    digest = message.chash.hmac_sha256(key=key)  # type: ignore[attr-defined]  # registered at run time
    made = polars.Series("x", given).to_frame().select(x=digest.str.slice(0, TOKEN_DIGITS)).to_series()
    return made.to_arrow().cast(pyarrow.string())
