"""One module a call of `./payops`; payops_local.cli says what each must have."""
