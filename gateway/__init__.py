"""The box process: configuration, supervision, live state, sessions, store, HTTP API, kiosk and command line."""
