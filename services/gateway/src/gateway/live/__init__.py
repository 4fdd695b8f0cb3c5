"""What streams tell of: which topics, what changed of late, and what each stream has to say."""
