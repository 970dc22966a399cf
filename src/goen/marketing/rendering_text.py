"""The plain text of a mail: the same parts, read aloud."""

import re
from typing import Any

from goen.marketing.messages_parts import LINK, Part
from goen.marketing.rendering_draft import Draft
from goen.marketing.rendering_words import words

_RULE = "―" * 20


def write(draft: Draft) -> str:
    """The text with Liquid in it; its links have the same numbers as in the HTML."""
    return _Writer(draft).whole()


class _Writer:
    def __init__(self, draft: Draft) -> None:
        self.draft, self.words = draft, words(draft.language)
        self._links = 0

    def whole(self) -> str:
        blocks = [self._part(part) for part in self.draft.parts]
        return "\n\n".join([*(block for block in blocks if block), self._footer()]) + "\n"

    def _part(self, part: Part) -> str:
        write: Any = getattr(self, f"_{part['kind']}")
        return str(write(part))

    def _href(self) -> str:
        self._links += 1
        return f"{{{{ to_click }}}}/{self._links - 1}"

    def _heading(self, part: Part) -> str:
        return f"■ {part['text']}"

    def _text(self, part: Part) -> str:
        text = part["text"].replace("\r\n", "\n").strip()
        linked = LINK.sub(lambda found: f"{found[1]} ( {self._href()} )", text)
        return re.sub(r"\*\*([^*\n]+)\*\*", r"\1", linked)

    def _picture(self, part: Part) -> str:
        href = f"\n{self._href()}" if part.get("href") else ""
        return f"[{part['alt']}]{href}"

    def _button(self, part: Part) -> str:
        return f"▶ {part['text']}\n{self._href()}"

    def _product(self, part: Part) -> str:
        found = self.draft.products.get(part["sku_id"])
        lines = [found.name, found.price] if found else []
        said = part.get("text", "")
        return "\n".join(line for line in [*lines, said, self._href()] if line)

    def _coupon(self, part: Part) -> str:
        w, said = self.words, part.get("text", "")
        lines = (
            f"【{w['coupon']}】"
            " {{ coupon_off }}{% if coupon_least %} · {{ coupon_least }}{% endif %}",
            f"{w['coupon_number']}: {{{{ coupon }}}}{{% if coupon_until %}}",
            f"{w['coupon_until']}: {{{{ coupon_until }}}}{{% endif %}}",
            w["show_at_till"],
            self._href(),
            said,
        )
        return "\n".join(line for line in lines if line)

    def _proposal(self, part: Part) -> str:
        lead = part.get("text") or self.words["proposal"]
        reason = "{% if proposal_reason %}\n{{ proposal_reason }}{% endif %}"
        return (
            f"{{% if proposal %}}◆ {lead}\n{{{{ proposal }}}}{reason}\n{self._href()}{{% endif %}}"
        )

    def _line(self, part: Part) -> str:
        return _RULE

    def _footer(self) -> str:
        w, footer = self.words, self.draft.footer
        return "\n".join(
            (
                _RULE,
                w["why_you"],
                f"{w['sender']}: {footer.sender_name}",
                f"{w['address']}: {footer.postal_address}",
                f"{w['contact']}: {footer.contact}",
                w["refuse_long"],
                "{{ to_refuse }}",
            )
        )
