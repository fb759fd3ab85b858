"""From poses to repetitions, pure: smoothing, reach, posture, phase, automaton."""
