"""The words that reports use, explained to whoever reads them without the design at hand."""

import re
from collections.abc import Iterable

WORDS = (
    ("base", "the branch with a neutral sentence where the others have theirs"),
    ("clean", "the branch in which the truth stands"),
    ("error", "the branch in which a wrong answer was put, or that answer itself"),
    ("mention", "the branch that names the wrong answer without claiming it"),
    ("placebo", "the same change where it is not wrong: what is left over is due to wrongness"),
    ("control", "a word about as surprising as the error, neither right nor wrong"),
    ("ceiling", "an unrelated text: as far as two branches can reasonably lie apart"),
    ("decoy", "a value as far from what was written as the truth is, but no answer to anything"),
    ("assertion", "what claiming an error does beyond naming it"),
    ("entrainment", "what merely naming a word does: any word that was seen becomes likelier"),
    ("restored", "right again by the index although the line before was wrong"),
    ("propagated", "going on rightly from a wrong value"),
    ("local error", "a step that is wrong in itself, judged by what stands before it"),
    ("dose", "how many of the lines before are wrong"),
    ("logit", "ln(q / (1 − q)) of a probability q: 0.69 more doubles the odds"),
    ("log-odds", "ln P(truth) − ln P(error): 0 where both are as likely, 2.3 at ten to one"),
    ("nats", "units of natural logarithms: 1 is a factor of 2.7 in probability"),
    ("√JS", "the root of the Jensen-Shannon divergence of two expectations: 0 to 0.83 = √ln 2"),
    ("KL", "the Kullback-Leibler divergence, in nats; large where something expected vanishes"),
    ("repeat floor", "how far two readings of the same text lie apart"),
    ("rounding floor", "how far readings lie apart when the arithmetic is grouped otherwise"),
    ("passive", "followed along the text, with nothing asked"),
    ("hazard", "the chance of an error at a step"),
    ("Kaplan-Meier", "the share without an event so far, sequences that ended early allowed for"),
    ("Aalen-Johansen", "the share that ended in one way so far, other ways being possible"),
    ("two-margin swaps", "errors dealt out anew with every item's and position's number kept"),
    ("dynamic logit", "a regression on the previous error with item spread and position in it"),
    ("beta-geometric", "a constant chance of error per item that differs between items"),
    ("Weibull", "a law whose chance of error rises or falls with the step"),
    ("geometric", "the same chance of error at every step and for every item"),
    ("AIC", "how well a law fits, less what its parameters earn it; lower is better"),
    ("confounded", "mixed up with something else: here with items that are harder than others"),
    ("observational", "seen, not caused: nobody put the errors there"),
    ("d'", "how well corrections of errors stand out from corrections of what was right"),
    ("greedy", "always the likeliest token"),
    ("primary", "the one test that this run was made for"),
    ("exploratory", "worth a look; not what the run was made for"),
    ("Holm", "a correction that holds the chance of any false finding among the primary numbers"),
    ("BCa", "a bootstrap interval corrected for bias and skew"),
    ("bootstrap", "an interval from drawing the items again, with replacement"),
    ("Wilson", "an interval for a share that is honest near 0 and 1"),
    ("Newcombe", "an interval for the difference of two shares"),
    ("Wald", "an interval from the curvature of the likelihood"),
    ("permutation", "a p from rearranging the data as if there were no effect"),
    ("McNemar", "an exact test of two paired yes-or-no columns"),
)


def words_in(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the words that these texts use, with what they mean."""
    whole = "\n".join(texts)
    return tuple(
        (word, means)
        for word, means in WORDS
        if re.search(rf"(?<![\w-]){re.escape(word)}s?(?![\w-])", whole)
    )
