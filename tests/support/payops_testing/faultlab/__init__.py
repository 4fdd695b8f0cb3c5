"""What the fault tests are made of: processes to hurt, events to send, a checker to judge."""
