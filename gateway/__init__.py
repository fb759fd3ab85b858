"""The box process: configuration, processes, live state, sessions, store, API, kiosk, command line."""
