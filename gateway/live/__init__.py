"""What each station shows right now, told to whoever watches."""
