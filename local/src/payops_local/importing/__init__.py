"""CSV rows → upstream events through Kafka, as a mapping says; see `mappings/README.md`."""
