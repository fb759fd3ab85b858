"""Is everything there that the box needs: state, reason, fix."""
