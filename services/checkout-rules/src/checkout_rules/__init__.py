"""The service that keeps checkout rules and answers which pairs a checkout offers."""
