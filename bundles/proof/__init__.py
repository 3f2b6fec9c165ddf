"""Proof: reopens a finished bundle PDF and proves every page against the plan.

It shares nothing with the code that plans, draws and assembles: other libraries, other code, only the agreed values.
"""

from bundles.proof.report import Check, Outcome, ProofReport
from bundles.proof.run import prove
from bundles.proof.subject import ProofFacts

__all__ = ["Check", "Outcome", "ProofFacts", "ProofReport", "prove"]
