"""From "may we?" to the end of an agreement: questions, requests, rulings, signatures, changes, duties, documents."""
