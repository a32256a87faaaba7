"""`python -m vae_core`."""

import sys

from vae_core.cli.main import main

sys.exit(main())
