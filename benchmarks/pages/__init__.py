"""Kiosk pages in a real browser, measured."""
