"""Which models there are, what each was made of, and which of them is the champion."""
