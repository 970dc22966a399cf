"""A mail as it arrives: HTML for light and dark, and the same in plain text, for one person.

Promises: both come from the same parts; everything people wrote is escaped; every link is one of
the mail's own, by its number; the sender's name, postal address, contact and the way to refuse
stand under every mail, in both forms.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from liquid import BoundTemplate

from goen.marketing import messages_parts as parts_of
from goen.marketing import rendering_html, rendering_text
from goen.marketing.messages_fields import HTML, PLAIN, Lacking, fill
from goen.marketing.messages_first import plainly
from goen.marketing.rendering_draft import Draft, Footer, Product


@dataclass(frozen=True, slots=True)
class Compiled:
    """A mail that only lacks a person."""

    templates: Mapping[str, BoundTemplate]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """One person's mail, and what they lacked of it."""

    subject: str
    html: str
    text: str
    lacking: Lacking


def compile_mail(draft: Draft) -> Compiled:
    """Make a mail ready for everybody. The draft has no refusal (`messages_parts.refusal`)."""
    draft = _of_masters(draft)
    html = rendering_html.write(draft)
    text = rendering_text.write(draft)
    templates = {
        "subject": PLAIN.from_string(draft.subject),
        "html": HTML.from_string(html),
        "text": PLAIN.from_string(text),
    }
    return Compiled(templates, parts_of.links(draft.parts))


def _of_masters(draft: Draft) -> Draft:
    """The draft with names of goods and of the shop as mere text: braces in them mean nothing."""
    footer, known = draft.footer, draft.products.items()
    said = (footer.sender_name, footer.postal_address, footer.contact)
    goods = {sku: Product(plainly(one.name), plainly(one.price)) for sku, one in known}
    return replace(draft, footer=Footer(*map(plainly, said)), products=goods)


def render(compiled: Compiled, values: Mapping[str, str]) -> Rendered:
    """One person's mail. `values` has the fields they have, and the letter's own addresses."""
    done, lacking = fill(compiled.templates, values)
    subject = " ".join(done["subject"].split())
    return Rendered(subject, done["html"], done["text"], lacking)


def addresses(public_url: str, token: str) -> dict[str, str]:
    """The addresses of one letter: where its links, picture, page and refusal lead."""
    base = public_url.rstrip("/")
    return {
        "to_click": f"{base}/t/c/{token}",
        "to_open": f"{base}/t/o/{token}",
        "to_land": f"{base}/t/l/{token}",
        "to_refuse": f"{base}/u/{token}",
    }
