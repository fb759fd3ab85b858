"""How one person's heart rate answers to load: the model, its fit to recordings, prediction."""
