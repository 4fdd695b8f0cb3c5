"""What tests of several files share: settings, builders, a laboratory; no product code names it."""
