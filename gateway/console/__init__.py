"""The console at `/console`: what an operator looks at and changes. NiceGUI stands in this room alone."""
