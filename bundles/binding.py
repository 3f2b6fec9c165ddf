"""Binds a bundle: cover and index, plan, manifest and the finished PDF, all in a scratch folder.

Nothing is published here: the caller has the PDF examined first (`bundles.proof`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bundles.assemble import assemble
from bundles.front import Front, FrontView, draw_front
from bundles.manifest import Manifest, manifest_of
from bundles.model import BundlePlan
from bundles.plan import BundleFacts, ResolvedItem, plan_bundle
from bundles.profile import Profile


@dataclass(frozen=True)
class BindingRequest:
    """What to bind: the bundle's facts, the cover's words, the court's rules, and the items in order.

    `section_titles` (letter to title) go before the profile's own; `templates` are folders searched for templates
    before the built-in ones.
    """

    facts: BundleFacts
    view: FrontView
    profile: Profile
    items: tuple[ResolvedItem, ...]
    casebinder_version: str
    section_titles: Mapping[str, str] | None = None
    templates: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Bound:
    """A bundle as bound, not yet examined; `path` is in the scratch folder."""

    path: Path
    plan: BundlePlan
    manifest: Manifest
    front: Front


def bind(request: BindingRequest, scratch: Path) -> Bound:
    """Bind a bundle in `scratch`, an existing folder of the caller's.

    Raises:
        UsageError: there is no item, or one has no section.
        RenderFailed, FrontFailed: the templates of cover or index cannot be used.
        AssemblyFailed: a derived file is not what its facts say.
        OSError: the scratch folder cannot be written.
    """
    facts, profile, items = request.facts, request.profile, request.items
    front = draw_front(
        facts,
        request.view,
        profile,
        items,
        scratch / "front.pdf",
        section_titles=request.section_titles,
        templates=request.templates,
    )
    plan = plan_bundle(facts, profile, items, front.facts, request.section_titles)
    manifest = manifest_of(plan, request.casebinder_version)
    derived = {item.derived.sha256: item.derived.path for item in items}
    output = scratch / "bundle.pdf"
    assemble(plan, front.path, derived, manifest, output, profile=profile)
    return Bound(output, plan, manifest, front)
