"""Plans by the reader: evaluates and optimises splits over the curves that a run has kept. Plain Python only.

The web process imports this package, so it imports neither numpy nor pandas. `assets/plan/` has the same
computation for the browser; golden cases hold the two together.

question -> limits, paths      what is asked; bounds, and the splits of all totals
aims                          the total that just pays, or that reaches a target
plans, frontier -> words      the plan with its expected effect; the frontier
curves, model                 what a run keeps of its response curves; what a split brings on them
"""
