"""HTTP: lists, details and what people do."""
