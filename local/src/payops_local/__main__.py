"""`python -m payops_local CALL`, as `./payops` runs it."""

import sys

from payops_local.cli import main

sys.exit(main())
