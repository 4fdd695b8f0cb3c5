"""HTTP: the list, the detail and what people do."""
