"""The people who run the box: their accounts and logins, and how the first of them proves to stand at it."""
