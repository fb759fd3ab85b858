"""Simulated members: people who do not exist, for training and judging where no gym has records yet.

None of it is real data. What is known of people comes from the sources that the modules name; what nobody has
measured is a guess and says so. `docs/explanation/simulated-members.md` tells what the figures are worth.
"""
