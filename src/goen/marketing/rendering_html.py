"""The HTML of a mail, written in MJML, readable in light and dark and without pictures."""

import re
import secrets
from html import escape
from typing import Any

import mjml

from goen.marketing.messages_fields import SEGMENT
from goen.marketing.messages_parts import LINK, Part
from goen.marketing.rendering_draft import Draft
from goen.marketing.rendering_words import words

_STRONG = re.compile(r"\*\*([^*\n]+)\*\*")
_FONT = (
    "-apple-system, 'Hiragino Sans', 'Noto Sans JP', 'BIZ UDPGothic', 'Yu Gothic UI', Meiryo,"
    " sans-serif"
)
_DARK = """
@media (prefers-color-scheme: dark) {
  .page, .page > div { background-color: #171512 !important; }
  .sheet, .sheet table { background-color: #211F1C !important; }
  .ink div, .ink a { color: #F1EDE5 !important; }
  .muted div, .muted a { color: #B9B1A5 !important; }
  .offer, .offer table { background-color: #3B231A !important; }
  .foot, .foot table { background-color: #171512 !important; }
  .act td, .act a { background: #A3B8F5 !important; color: #121A33 !important; }
}
"""
_HEAD = """<mj-head><mj-title>{title}</mj-title><mj-preview>{preheader}</mj-preview>
<mj-attributes><mj-all font-family="{font}"/><mj-text font-size="16px" line-height="1.75"
 color="#1F1C18" css-class="ink" padding="8px 24px"/><mj-section padding="4px 0"
 background-color="#FFFFFF" css-class="sheet"/></mj-attributes>
<mj-raw><meta name="color-scheme" content="light dark"/>
<meta name="supported-color-schemes" content="light dark"/></mj-raw>
<mj-style>{dark}</mj-style></mj-head>"""


def write(draft: Draft) -> str:
    """The HTML with Liquid in it, one link after the other by its number."""
    return _Writer(draft).whole()


class _Slots:
    """What MJML is not to read is taken out before and put back afterwards."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._sign = f"slot{secrets.token_hex(8)}x"  # nobody can have written it

    def keep(self, liquid: str) -> str:
        """A sign that stands for Liquid, or for HTML that is ready."""
        self._kept.append(liquid)
        return f"{self._sign}{len(self._kept) - 1}x"

    def plain(self, text: str) -> str:
        """A sign for escaped text and its Liquid; none for no text."""
        return self.keep(escaped(text)) if text else ""

    def back(self, html: str) -> str:
        """The HTML with everything that was taken out."""
        return re.sub(f"{self._sign}([0-9]+)x", lambda found: self._kept[int(found[1])], html)


def escaped(text: str) -> str:
    """Text as HTML, its Liquid as it is."""
    out, at = [], 0
    for found in SEGMENT.finditer(text):
        out += [escape(text[at : found.start()]), found[0]]
        at = found.end()
    return "".join([*out, escape(text[at:])])


class _Writer:
    """Writes the parts one after the other and numbers their links."""

    def __init__(self, draft: Draft) -> None:
        self.draft, self.words, self.slots = draft, words(draft.language), _Slots()
        self._links = 0

    def whole(self) -> str:
        head = _HEAD.format(
            title=self.slots.plain(self.draft.subject),
            preheader=self.slots.plain(self.draft.preheader),
            font=_FONT,
            dark=_DARK,
        )
        body = "".join(self._part(part) for part in self.draft.parts)
        language = escape(self.draft.language)
        source = (
            f'<mjml lang="{language}">{head}<mj-body background-color="#F6F4EF"'
            f' css-class="page"><mj-section padding="12px 0 0"/>{body}{self._footer()}'
            f"{self._pixel()}</mj-body></mjml>"
        )
        return self.slots.back(str(mjml.mjml2html(source)))

    def _part(self, part: Part) -> str:
        write: Any = getattr(self, f"_{part['kind']}")
        return str(write(part))

    def _section(self, *inside: str, more: str = "") -> str:
        return f"<mj-section{more}><mj-column>{''.join(inside)}</mj-column></mj-section>"

    def _say(self, html: str, more: str = "") -> str:
        return f"<mj-text{more}>{html}</mj-text>"

    def _link(self) -> str:
        self._links += 1
        return f"{{{{ to_click }}}}/{self._links - 1}"

    def _href(self) -> str:
        return self.slots.keep(self._link())

    def _heading(self, part: Part) -> str:
        more = ' font-size="22px" font-weight="700" line-height="1.4" padding="20px 24px 4px"'
        return self._section(self._say(f"<h1 {_H1}>{self.slots.plain(part['text'])}</h1>", more))

    def _text(self, part: Part) -> str:
        text = part["text"].replace("\r\n", "\n").strip()
        blocks = [self._prose(block) for block in re.split(r"\n\s*\n", text)]
        return self._section(*(self._say(block) for block in blocks))

    def _prose(self, text: str) -> str:
        """A sign for plain text with links, strong words and line ends."""
        out, at = [], 0
        for found in LINK.finditer(text):
            link = f'<a href="{self._link()}" style="color:#27448F">{escaped(found[1])}</a>'
            out += [escaped(text[at : found.start()]), link]
            at = found.end()
        html = "".join([*out, escaped(text[at:])])
        return self.slots.keep(_STRONG.sub(r"<strong>\1</strong>", html).replace("\n", "<br/>"))

    def _picture(self, part: Part) -> str:
        source = self.slots.plain(f"{self.draft.pictures}/{part['file']}")
        href = f' href="{self._href()}"' if part.get("href") else ""
        alt = self.slots.plain(part["alt"])
        return self._section(f'<mj-image src="{source}" alt="{alt}"{href} padding="8px 24px"/>')

    def _button(self, part: Part) -> str:
        return self._section(self._act(self.slots.plain(part["text"])))

    def _act(self, label: str) -> str:
        return (
            f'<mj-button href="{self._href()}" background-color="#27448F" color="#FFFFFF"'
            ' font-size="16px" font-weight="700" border-radius="8px" inner-padding="14px 28px"'
            f' css-class="act" padding="16px 24px">{label}</mj-button>'
        )

    def _product(self, part: Part) -> str:
        found = self.draft.products.get(part["sku_id"])
        name, price = (found.name, found.price) if found else ("", "")
        said = self.slots.plain(part.get("text", ""))
        lines = [f"<strong>{self.slots.plain(name)}</strong>", self.slots.plain(price), said]
        href = self._href()
        see = f'<a href="{href}" style="color:#27448F">{self.words["see_offer"]}</a>'
        inside = "<br/>".join(line for line in [*lines, see] if line)
        return self._section(self._say(inside, ' padding="12px 24px"'), more=_BOXED)

    def _coupon(self, part: Part) -> str:
        said, w = self.slots.plain(part.get("text", "")), self.words
        keep = self.slots.keep
        number = keep("{{ coupon }}")
        off = keep("{{ coupon_off }}{% if coupon_least %} · {{ coupon_least }}{% endif %}")
        until = keep(
            f"{{% if coupon_until %}}{w['coupon_until']} {{{{ coupon_until }}}}<br/>{{% endif %}}"
        )
        href = self._href()
        see = f'<a href="{href}" style="color:#27448F">{w["see_offer"]}</a>'
        return self._section(
            self._say(f"<strong>{w['coupon']}</strong> {off}", _CENTRED),
            self._say(f'<span style="{_NUMBER}">{number}</span>', _CENTRED),
            self._say(f"{until}{w['show_at_till']}<br/>{see}", _CENTRED),
            *([self._say(said, _CENTRED)] if said else []),
            more=_OFFER,
        )

    def _proposal(self, part: Part) -> str:
        """Only for somebody to whom something is proposed."""
        keep, said = self.slots.keep, self.slots.plain(part.get("text", ""))
        lead = f"<strong>{said or self.words['proposal']}</strong>"
        what = keep("{{ proposal }}{% if proposal_reason %}<br/>{{ proposal_reason }}{% endif %}")
        href = self._href()
        see = f'<a href="{href}" style="color:#27448F">{self.words["see_offer"]}</a>'
        block = self._section(self._say(f"{lead}<br/>{what}<br/>{see}"), more=_BOXED)
        begin, end = keep("{% if proposal %}"), keep("{% endif %}")
        return f"<mj-raw>{begin}</mj-raw>{block}<mj-raw>{end}</mj-raw>"

    def _line(self, part: Part) -> str:
        return self._section('<mj-divider border-width="1px" border-color="#E0DBD0"/>')

    def _footer(self) -> str:
        w, footer = self.words, self.draft.footer
        rows = (
            (w["sender"], footer.sender_name),
            (w["address"], footer.postal_address),
            (w["contact"], footer.contact),
        )
        said = self.slots.keep("<br/>".join(f"{label}: {escape(value)}" for label, value in rows))
        refuse = self.slots.keep("{{ to_refuse }}")
        link = f'<a href="{refuse}" style="color:#5E574D">{w["refuse"]}</a>'
        inside = f"{w['why_you']}<br/>{said}<br/>{link}"
        more = ' font-size="13px" color="#5E574D" css-class="muted" padding="16px 24px"'
        return (
            '<mj-section background-color="#F6F4EF" css-class="foot"><mj-column>'
            f"{self._say(inside, more)}</mj-column></mj-section>"
        )

    def _pixel(self) -> str:
        source = self.slots.keep("{{ to_open }}")
        return (
            f'<mj-raw><img src="{source}" width="1" height="1" alt=""'
            ' style="display:block;border:0"/></mj-raw>'
        )


_H1 = 'style="margin:0;font-size:22px;line-height:1.4;font-weight:700"'
_NUMBER = "font-size:24px;font-weight:700;letter-spacing:2px;font-family:monospace"
_CENTRED = ' align="center" padding="4px 24px"'
_BOXED = ' padding="8px 0"'
_OFFER = (
    ' background-color="#FCECE6" css-class="offer" padding="16px 0" border="2px dashed #D5401B"'
)
