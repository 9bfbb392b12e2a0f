"""What every word and every number on the screen means, each with its formula."""

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QScrollArea, QVBoxLayout, QWidget

ENTRIES: dict[str, str] = {
    "token": "The piece of text that a model reads and writes at a time: a word with its space, "
    "part of a word, a punctuation mark. ⏎ is a line break, ⇥ a tab, ␣ a space that stands alone.",
    "probability": "How likely the model held a token, given all the text before it. "
    "p = softmax(logits) at temperature 1, over the whole vocabulary. A chip's colour is p on a "
    "log scale, its bar is p from 0 to 1.",
    "rank": "The token's place among all tokens of the vocabulary; 1 is the likeliest.",
    "surprise": "How unexpected a token was: \N{MINUS SIGN}log₂ p, in bits. Each bit halves the "
    "probability. Surprises of tokens in a row add up.",
    "entropy": "How undecided the model was before a token: H = \N{MINUS SIGN}Σ p ln p over the "
    "whole vocabulary, in nats. 0: it had no doubt.",
    "rest of vocabulary": "The probability of all tokens that are not in the list together.",
    "displaced": "The likeliest token, where another one stands.",
    "origin": "How a token came to be: given in the prompt, greedy (the likeliest), sampled "
    "(drawn by chance), chosen (by your click), inserted (against the model's will).",
    "drawn at p": "How likely the sampler was to draw a sampled token: its p after the temperature "
    "and the filters, where “probability” is always the model's own at temperature 1.",
    "note": "What you wrote at a token; its chip has a folded corner then, as with tags and a "
    "bookmark. The list on the left leads to each.",
    "planted again": "The same text as another branch's, once more in the tokens of the model that "
    "is loaded: each model reads its own tokens, and the old numbers stay with the old model.",
    "fold": "What follows a token, as one sign with a count. It is only out of your way: branches, "
    "comparison and the file hold all of it.",
    "this part only": "One token and what follows it, the rest of the tree left out of the view.",
    "path probability": "The product of p of all tokens on the way to a token. Tokens that you put "
    "there, prompts and inserted ones, count as given.",
    "multiverse": "The tree as blocks: a token's height is its p as a share of the token before "
    "it. Dashed blocks are tokens that no branch took; what stays blank is the rest.",
    "merged word": "The tokens of one word on one chip; its p is their product, its rank the worst "
    "among them.",
    "odd split": "A thin wave: the model would split this text into other tokens, so it seldom "
    "meets these.",
    "branch": "A text of its own from a fork on, with a colour, a shape and a dash everywhere.",
    "clean, error": "The branch that begins with the right word, and the one with the wrong word.",
    "mention": "A control: the wrong word is named, but nothing wrong is claimed. What it changes "
    "is not the effect of the error.",
    "control": "A word that is neither right nor wrong, about as surprising as the error.",
    "placebo": "A control that changes the text and should change nothing else.",
    "mute": "A control: neutral filler of as many tokens as the error, which only moves places.",
    "floor": "What a difference must exceed to be the model's. The repeat floor holds two exact "
    "readings of one text against each other; the rounding floor holds the exact reading against "
    "the other legitimate arithmetic. What lies below is grey.",
    "√JS, KL": "How far two distributions lie apart over the whole vocabulary. KL(p ‖ q) = "
    "Σ p ln(p/q), in nats; JS is the mean of both KL from their mixture, √JS lies between 0 and "
    "√ln 2 ≈ 0.833.",
    "log-odds": "ln P(truth) − ln P(error), in nats: 0 when both are as likely.",
    "coherent rule": "The same false statement said several times.",
    "probe": "A text read after every branch, to ask how likely the right and the wrong answer "
    "are now. It is not part of the branch.",
    "control token": "A token that is no text: it begins or ends a turn or a text. The composer "
    "draws it dotted; typed text never becomes one.",
    "conversation": "A prompt as turns of system, user and assistant, in the form that the model's "
    "own template gives it. The last turn stays open, and the model goes on from there.",
    "sampler": "What is done to p before a token is drawn, in llama.cpp's order: penalties, top-k, "
    "typical-p, top-p, min-p, temperature. p on the chips stays the raw one.",
    "drawn": "How likely the sampler in force draws a token: p after its penalties, cuts and "
    "temperature, adding up to 1 over what is not cut. “cut”: it cannot be drawn.",
    "temperature": "softmax(logits / T): below 1 the likely gets likelier, above 1 less so; 0 is "
    "greedy, always the likeliest.",
    "top-k, top-p": "Keep the k likeliest tokens; keep the fewest likeliest ones that reach this "
    "probability together.",
    "min-p, typical-p": "Cut what is less likely than this share of the likeliest; keep those "
    "whose surprise is nearest to the entropy, until their p add up to this.",
    "penalties": "Make tokens less likely that were written already: divided (repeat), minus a "
    "number each time (frequency), minus a number once (presence). Off unless you set them.",
    "seed, stream": "The same seed draws the same tokens again. Continuation k of every place "
    "draws from stream k − 1 of the seed, so that branches see the same noise.",
    "tokens to read": "What work will cost. Seconds = tokens ÷ the speed that was measured for "
    "that kind of work, with this model, on this machine, in this session.",
    "time left": "The time that passed ÷ what is done × what is left to do.",
    "exact, provisional": "An exact number is the same, digit by digit, whenever this machine "
    "reads it again. A provisional one was read in a hurry.",
    "experiment, run, item": "An experiment of the lab asks one question; a run answers it for one "
    "model with so many items: facts, or sequences. Every item holds its own comparison.",
    "interval": "Where the true number may lie: 95 of 100 such intervals hold it. It is over "
    "items, which are resampled as wholes; below 24 items Student's t.",
    "p of no effect": "How often chance alone gives an effect as large, by flipping signs or "
    "exchanging labels. Small: hardly chance.",
    "verdict": "An answer by a fixed rule on one interval, given only when the run reached the "
    "size that was decided before. UNDECIDED is an answer too, with the items that would decide.",
    "gate": "What a model must be able to do before an experiment says anything about it.",
    "logit q": "ln(q / (1 − q)) of the probability q of the right answer. A difference of "
    "0.7 doubles the odds.",
    "assertion, entrainment": "What claiming the error did beyond mentioning it (error − "
    "mention); what merely seeing the word did (mention − base).",
    "effect sought": "The smallest effect you want to see, in standard deviations between items. "
    "n = (2.80 / effect)² items show it 4 times in 5.",
    "e, (1−e)^n": "The chance of an error per step, and the chance of none in n steps if "
    "errors were independent and equally likely everywhere.",
    "dropped": "An item that says nothing, with the reason: a fact that the model does not know.",
    "tokens read, reused": "What the model had to compute, and what it had computed before. "
    "Time saved = tokens reused ÷ the speed at which tokens were read.",
}
"""Words as they stand on the screen, with their meaning."""


def glossary(parent: QWidget) -> QDialog:
    """Return a window that lists all words; it does not block."""
    window = QDialog(parent)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    window.setWindowTitle("What the words mean")
    rows = "".join(
        f"<p><b>{html.escape(word)}</b><br>{html.escape(meaning)}</p>"
        for word, meaning in ENTRIES.items()
    )
    words = QLabel(rows)
    words.setTextFormat(Qt.TextFormat.RichText)
    words.setWordWrap(True)
    words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    words.setContentsMargins(20, 8, 20, 12)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(words)
    area.setAccessibleName("Glossary")
    box = QVBoxLayout(window)
    box.setContentsMargins(0, 0, 0, 0)
    box.addWidget(area)
    window.resize(520, 620)
    return window
