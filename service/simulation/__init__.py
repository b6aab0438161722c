"""A hostile world in a box: the real workflows and store under faults, crashes and bad timing.

One seed is one history: who did what in which order, what failed, where our process was killed.
Only one thing runs at a time, the clock is virtual, and every choice comes from the seed, so that
a history that breaks a promise can be read and played again.
"""
