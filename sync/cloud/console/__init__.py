"""The fleet console: pages of plain HTML, CSS and ES modules on the fleet API, and nothing from elsewhere."""
