"""`/api/v1/fleet`: what pages and programs of those can do who look after boxes."""
