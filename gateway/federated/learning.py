"""From a round and the gym's own sessions to what leaves the box. Runs on a thread."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from recommender import intensity
from recommender.federated.fit import FitConfig, OutOfTime, fit
from recommender.federated.network import ArraysRefused, from_arrays
from recommender.federated.sessions import of_sessions
from recommender.federated.update import Blur, Noise, blurred, change, system_noise
from recommender.training.examples import intensity_examples
from recommender.training.validation import RecordsRefused
from sync.federated.array_record import FederatedRefused
from sync.federated.messages import Round, Update, new_update

_SEEDS: Final = 2**32


class NoUpdate(Exception):  # noqa: N818 - named by what happened
    """Nothing comes of this round here; the text says why."""


def learned_update(
    offer: Round,
    sessions: Sequence[Mapping[str, Any]],
    *,
    is_over: Callable[[], bool],
    noise: Noise = system_noise,
) -> Update:
    """Learn from the gym's sessions, and say by how much that would change the model, clipped and blurred.

    Args:
        offer: the round.
        sessions: rows by `recommender.training.columns`.
        is_over: asked again and again whether to give up.
        noise: for the blur.

    Raises:
        NoUpdate: there is too little to learn from, the round is not one for this box, or it was given up.
    """
    config = offer.config
    if offer.model.name != intensity.NAME:
        raise NoUpdate(f"this box has no model {offer.model.name} to learn for")
    try:
        start = from_arrays(offer.weights())
        dataset = of_sessions(sessions)
        if len(dataset) < config.min_examples:
            raise NoUpdate(
                f"{len(dataset)} sessions tell what suited, and the round wants {config.min_examples}"
            )
        learned = fit(
            start,
            intensity_examples(dataset, start.scales),
            FitConfig(
                layers=min(config.layers, len(start.layers)),
                epochs=config.epochs,
                batch=config.batch,
                learning_rate=config.learning_rate,
                steady=(config.steady_minutes, config.steady_intensity),
            ),
            seed=secrets.randbelow(_SEEDS),
            is_over=is_over,
        )
        told = change(start, learned, trained=min(config.layers, len(start.layers)))
        blur = Blur(clipping_norm=config.clipping_norm, noise_multiplier=config.noise_multiplier)
        return new_update(offer, blurred(told, blur, noise), len(dataset))
    except (ArraysRefused, FederatedRefused, RecordsRefused, OutOfTime, ValueError) as error:
        raise NoUpdate(str(error)) from error
