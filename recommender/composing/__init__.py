"""From a prescription to a workout: blocks that fit the person, the gym and the time."""
