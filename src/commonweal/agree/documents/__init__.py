"""Every document that law and good practice ask for, made from one signed agreement without typing it again."""

from .composing import Due, NotDueError, compose_document, documents_of
from .document import DISCLAIMER, Document, DocumentName, Gap, Section, describe_document
from .facts import DocumentFacts, Guard, Signatory, is_about_people

__all__ = [
    "DISCLAIMER",
    "Document",
    "DocumentFacts",
    "DocumentName",
    "Due",
    "Gap",
    "Guard",
    "NotDueError",
    "Section",
    "Signatory",
    "compose_document",
    "describe_document",
    "documents_of",
    "is_about_people",
]
