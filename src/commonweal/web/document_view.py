"""A document as a page of its own, for a file that is opened without a node."""

from commonweal.agree import Document, describe_document

from .rendering import render_text


def whole_page(document: Document) -> str:
    """Return a document as one HTML page that needs nothing beside it; every text is escaped."""
    return render_text("document_alone.html", document=describe_document(document))
