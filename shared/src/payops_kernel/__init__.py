"""PayOps' kernel: consuming, outbox and relay, MongoDB, HTTP, auth, clocks, telemetry."""
