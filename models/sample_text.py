"""A text to measure with: plain English, then a list of unlikely words."""

SAMPLE = (
    "The harbour was quiet when the first boats came in, and nobody on the quay spoke. A woman in"
    " a grey coat counted the crates, wrote the number down, crossed it out and counted again. A"
    " child asked whether any of them was lost, while two gulls argued over bread; old rope, wet"
    " salt, cold iron, seven lamps, green paint, broken glass, far hills, quick feet, slow rain. "
)
