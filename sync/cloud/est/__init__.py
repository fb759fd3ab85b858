"""How boxes get their certificates: claims, EST (RFC 7030), the authority behind it, and revocation."""
