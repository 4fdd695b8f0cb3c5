"""Facts for the tests of analytics."""
