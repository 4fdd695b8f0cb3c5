"""What a transaction is and how facts about it fold: pure, no clock, no I/O."""
