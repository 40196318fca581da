"""People in data: how they are detected, how fields are classified, and invented rows in their place."""
