"""From gymbox.toml and the environment to one frozen model, or to problems that a person can act on."""
