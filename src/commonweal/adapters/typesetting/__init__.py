"""Documents as accessible PDF (PDF/UA-1), typeset by Typst from plain values."""

from .typesetting import TypesettingError, printable, typeset

__all__ = ["TypesettingError", "printable", "typeset"]
