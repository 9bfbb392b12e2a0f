"""The lab: experiments on how a model treats its errors, and their statistics."""
